import { expect, test } from 'vitest';

import {
  type Acknowledged,
  expectNothingLost,
  prepareLoad,
  readEverything,
  sendUntilCut,
} from '../support/load.ts';
import { newDataDir, startGatewayProcess, until } from '../support/spawn-gateway.ts';

const SENDERS = 8;
const ACKNOWLEDGED_BEFORE_KILL = 400;

test('after kill -9 under load every acknowledged message is there, once, at its offset, in order', async () => {
  const env = { EMBEDDED_BROKER_DATA_DIR: newDataDir(), SHUTDOWN_DELAY_MS: '0' };
  const first = await startGatewayProcess({ env });
  await prepareLoad(first.url);

  const perSender = Array.from({ length: SENDERS }, (): Acknowledged[] => []);
  const sending = perSender.map((into, sender) => sendUntilCut(first.url, sender, into));
  await until(() => perSender.flat().length >= ACKNOWLEDGED_BEFORE_KILL);
  first.kill('SIGKILL');
  await Promise.all(sending);
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const second = await startGatewayProcess({ env });
  await prepareLoad(second.url);
  expectNothingLost(await readEverything(second.url), perSender, SENDERS);

  second.kill('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
});
