import { expect, test } from 'vitest';

import { freePort } from '../support/free-port.ts';
import { prepareLoad, readEverything } from '../support/load.ts';
import { RestartingBroker } from '../support/spawn-broker.ts';
import { startGatewayProcess } from '../support/spawn-gateway.ts';
import { Balancer, expectTruth, SteadyLoad } from '../support/steady-load.ts';

const RESTARTS = 10;
const SENDERS = 16;
const STORED_BETWEEN = 300;

test(`two gateways on one broker, restarted in turn ${RESTARTS} times under load: every 201 is stored once`, async () => {
  const broker = await RestartingBroker.start();
  const start = (port: number) =>
    startGatewayProcess({
      env: {
        IGGY_CONNECTION_STRING: broker.connectionString,
        PORT: String(port),
        // Long enough for a balancer to notice, however busy the machine is.
        SHUTDOWN_DELAY_MS: '1000',
      },
    });
  const ports = [await freePort(), await freePort()];
  const gateways = await Promise.all(ports.map(start));
  const urls = gateways.map(({ url }) => url);
  for (const url of urls) await prepareLoad(url);
  const load = new SteadyLoad(new Balancer(urls).targets, SENDERS);

  for (let restart = 0; restart < RESTARTS; restart += 1) {
    await load.untilStored(STORED_BETWEEN);
    const turn = restart % gateways.length;
    gateways[turn]?.kill('SIGTERM');
    expect(await gateways[turn]?.exited).toEqual({ code: 0, signal: null });
    gateways[turn] = await start(ports[turn] ?? 0);
  }
  await load.untilStored(STORED_BETWEEN);
  await load.stop();

  expect(load.count('cut'), 'no request was cut off by a stop').toBe(0);
  const [stored = []] = await Promise.all(urls.map(readEverything));
  expectTruth(stored, load.sent);
  console.log(load.summary);
});
