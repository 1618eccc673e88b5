import { expect, test } from 'vitest';

import {
  type Acknowledged,
  expectNothingLost,
  prepareLoad,
  readEverything,
  sendUntilCut,
} from '../support/load.ts';
import { newDataDir, startGatewayProcess, until } from '../support/spawn-gateway.ts';

const ROUNDS = 20;
const SENDERS = 16;
/** Another number each round, so that the kill hits commits, checkpoints and quiet moments alike. */
const acknowledgedBeforeKill = (round: number): number => 50 + ((round * 397) % 1500);

test(`nothing acknowledged is lost in ${ROUNDS} rounds of kill -9 on one data directory`, async () => {
  const env = { EMBEDDED_BROKER_DATA_DIR: newDataDir(), LOG_LEVEL: 'info' };
  const perSender = Array.from({ length: SENDERS }, (): Acknowledged[] => []);

  for (let round = 0; round < ROUNDS; round += 1) {
    const gateway = await startGatewayProcess({ env });
    await prepareLoad(gateway.url);
    const enough = perSender.flat().length + acknowledgedBeforeKill(round);
    const sending = perSender.map((into, sender) => sendUntilCut(gateway.url, sender, into));
    await until(() => perSender.flat().length >= enough);
    gateway.kill('SIGKILL');
    await Promise.all(sending);
    expect((await gateway.exited).signal).toBe('SIGKILL');
  }

  const last = await startGatewayProcess({ env });
  await prepareLoad(last.url);
  expectNothingLost(await readEverything(last.url), perSender, ROUNDS * SENDERS);
});
