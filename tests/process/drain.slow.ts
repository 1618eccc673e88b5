import { randomUUID } from 'node:crypto';

import { beforeEach, expect, test } from 'vitest';

import { sleep, systemClock } from '../../src/utils/clock.ts';
import { ROOT } from '../support/broker-client.ts';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link.ts';
import { KeepAliveClient } from '../support/keep-alive-client.ts';
import {
  type Acknowledged,
  expectNothingLost,
  prepareLoad,
  readEverything,
  sendBody,
  TOPIC,
} from '../support/load.ts';
import { type GatewayProcess, startGatewayProcess, until } from '../support/spawn-gateway.ts';
import { startTestBroker } from '../support/start-broker.ts';

const CONNECTIONS = 64;
const ROUNDS = 5;
const ACKNOWLEDGED_BEFORE_SIGNAL = 2000;
/** Some connections are idle when the signal comes. */
const PAUSE_MS = 20;
/** The default of SHUTDOWN_TIMEOUT_SECS, after which it would end with another code. */
const SHUTDOWN_TIMEOUT_MS = 25_000;
/** "At once", for a process that would otherwise wait for its requests. */
const AT_ONCE_MS = 2000;

let link: FaultyLink;

beforeEach(async () => {
  link = await startFaultyLink((await startTestBroker()).port);
});

async function start(): Promise<GatewayProcess> {
  const connection = `iggy://${ROOT.username}:${ROOT.password}@127.0.0.1:${link.port}`;
  const gateway = await startGatewayProcess({ env: { IGGY_CONNECTION_STRING: connection } });
  await prepareLoad(gateway.url);
  return gateway;
}

/** Sends on one connection until it is asked to close it. Rejects if the connection breaks. */
async function sendUntilAsked(
  client: KeepAliveClient,
  sender: number,
  into: Acknowledged[],
): Promise<void> {
  for (;;) {
    const id = randomUUID();
    const { status, body, closes } = await client.post(`${TOPIC}/messages`, sendBody(id, sender));
    expect(status).toBe(201);
    const { partition_id: partition, offset } = body as { partition_id: number; offset: number };
    into.push({ id, partition, offset });
    if (closes) return;
    if (sender % 2 === 0) await sleep(systemClock, PAUSE_MS);
  }
}

test(`SIGTERM under the load of ${CONNECTIONS} kept connections, ${ROUNDS} times: none is reset, nothing acknowledged is lost, 0 in time`, async () => {
  const perSender: Acknowledged[][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const gateway = await start();
    const ofRound = Array.from({ length: CONNECTIONS }, (): Acknowledged[] => []);
    perSender.push(...ofRound);
    const sending = Promise.all(
      ofRound.map((into, sender) => sendUntilAsked(new KeepAliveClient(gateway.url), sender, into)),
    );
    await Promise.race([until(() => ofRound.flat().length >= ACKNOWLEDGED_BEFORE_SIGNAL), sending]);
    const signalledMs = systemClock.monotonicMs();
    gateway.kill('SIGTERM');
    await sending;
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(systemClock.monotonicMs() - signalledMs).toBeLessThan(SHUTDOWN_TIMEOUT_MS);
  }
  const reader = await start();
  expectNothingLost(await readEverything(reader.url), perSender, 0);
});

test('what is under way at SIGTERM is answered, however long the broker takes', async () => {
  const gateway = await start();
  link.faults.stall();
  const sends = Array.from({ length: CONNECTIONS }, (_, sender) =>
    new KeepAliveClient(gateway.url).post(`${TOPIC}/messages`, sendBody(randomUUID(), sender)),
  );
  await sleep(systemClock, AT_ONCE_MS);
  gateway.kill('SIGTERM');
  await sleep(systemClock, AT_ONCE_MS);
  await link.heal();
  for (const { status, closes } of await Promise.all(sends)) {
    expect({ status, closes }).toEqual({ status: 201, closes: true });
  }
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});

test('a second SIGTERM ends it at once, whatever is under way', async () => {
  const gateway = await start();
  link.faults.stall();
  const sends = Array.from({ length: CONNECTIONS }, (_, sender) =>
    new KeepAliveClient(gateway.url).post(`${TOPIC}/messages`, sendBody(randomUUID(), sender)),
  );
  const outcomes = Promise.allSettled(sends);
  gateway.kill('SIGTERM');
  await until(() => gateway.output.stdout.includes('"stopping"'));
  // Long enough for a stop that did not wait for its requests.
  const ended = await Promise.race([gateway.exited, sleep(systemClock, 2 * AT_ONCE_MS)]);
  expect(ended).toBeUndefined();
  const signalledMs = systemClock.monotonicMs();
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 70, signal: null });
  expect(systemClock.monotonicMs() - signalledMs).toBeLessThan(AT_ONCE_MS);
  expect((await outcomes).filter(({ status }) => status === 'fulfilled')).toEqual([]);
});
