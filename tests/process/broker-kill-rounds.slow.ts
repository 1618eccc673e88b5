import { expect, test } from 'vitest';

import { startFaultyLink } from '../support/faulty-link.ts';
import { prepareLoad, readEverything } from '../support/load.ts';
import { RestartingBroker } from '../support/spawn-broker.ts';
import { startGatewayProcess, until } from '../support/spawn-gateway.ts';
import { expectTruth, SteadyLoad } from '../support/steady-load.ts';

const ROUNDS = 20;
const SENDERS = 16;
/** Another number each round, so that the kill hits commits, checkpoints and quiet moments alike. */
const storedBeforeKill = (round: number): number => 50 + ((round * 397) % 500);
/** So that there always are answers that the broker has given and the gateway has not got. */
const ANSWER_DELAY_MS = 10;

test(`${ROUNDS} rounds of kill -9 of the broker under load: nothing acknowledged is lost or doubled, and the gateway lives on`, async () => {
  const broker = await RestartingBroker.start();
  const link = await startFaultyLink(broker.port);
  link.faults.delay(ANSWER_DELAY_MS, 'to-client');
  const gateway = await startGatewayProcess({
    env: {
      IGGY_CONNECTION_STRING: `iggy://iggy:iggy@127.0.0.1:${link.port}`,
      RECONNECT_BASE_DELAY_MS: '100',
      RECONNECT_MAX_DELAY_MS: '500',
    },
  });
  await prepareLoad(gateway.url);
  const load = new SteadyLoad(() => [gateway.url], SENDERS);

  for (let round = 0; round < ROUNDS; round += 1) {
    await load.untilStored(storedBeforeKill(round));
    // Every other time what is on its way gets lost, as when the whole machine goes.
    if (round % 2 === 0) link.faults.reset();
    await broker.kill();
    await broker.start();
  }
  await load.untilStored(100);
  await load.stop();

  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);
  expect(load.count('cut'), 'the gateway answered everything').toBe(0);
  expectTruth(await readEverything(gateway.url), load.sent);
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  console.log(load.summary);
});
