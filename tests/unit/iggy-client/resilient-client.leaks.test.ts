import { describe, expect, onTestFinished, test } from 'vitest';

import { createIggyClient } from '../../../src/iggy-client/index.ts';
import { ROOT } from '../../support/broker-client.ts';
import { startFaultyLink } from '../../support/faulty-link.ts';
import { leftovers, NOTHING } from '../../support/leak-check.ts';
import { startTestBroker } from '../../support/start-broker.ts';
import { until } from '../../support/spawn-program.ts';
import { openClient, sendRequest } from './open-client.ts';

const HEARTBEAT_MS = 5000;
const PING_DEADLINE_MS = 5000;
const REPLY_DEADLINE_MS = 10_000;
const LOGIN_DEADLINE_MS = 10_000;
const LOSSES = 5;
/** Longer than any wait between two attempts that follow a connection. */
const BACKOFF_MS = 2000;

type Opened = Awaited<ReturnType<typeof openClient>>;

const WAYS: Record<string, (opened: Opened) => Promise<void>> = {
  async 'a broker that hangs up'({ broker, clock }) {
    broker.network.links.at(-1)?.end();
    await clock.settle();
  },
  async 'a broker that sends garbage'({ broker, clock }) {
    broker.network.links.at(-1)?.send(Buffer.alloc(256, 0xff));
    await clock.settle();
  },
  async 'a ping without an answer'({ broker, clock }) {
    const { onPing } = broker;
    broker.onPing = () => {};
    await clock.advance(HEARTBEAT_MS + PING_DEADLINE_MS);
    broker.onPing = onPing;
  },
  async 'a request without an answer'({ client, clock }) {
    const ended = client.deleteStream('s', { signal: new AbortController().signal });
    ended.catch(() => undefined);
    await clock.advance(REPLY_DEADLINE_MS);
    await expect(ended).rejects.toMatchObject({ kind: 'outcome-unknown' });
  },
  async 'a login without an answer'({ broker, clock }) {
    const { onLogin } = broker;
    broker.onLogin = () => {
      broker.onLogin = onLogin;
    };
    broker.network.links.at(-1)?.end();
    await clock.advance(BACKOFF_MS);
    await clock.advance(LOGIN_DEADLINE_MS);
  },
};

describe("a lost session's ping, timer and socket are gone (contract §7, 3), after", () => {
  test.each(Object.entries(WAYS))('%s', async (_, lose) => {
    const opened = await openClient();
    const { client, clock, broker } = opened;
    const { network } = broker;
    const fresh = leftovers({ clock, network });
    expect(fresh).toEqual({ timers: 1, sockets: 1, waiters: 0 });

    for (let losses = 0; losses < LOSSES; losses += 1) {
      const before = broker.logins.length;
      await lose(opened);
      await clock.advance(BACKOFF_MS);
      expect(broker.logins.length, 'it was lost, and is back').toBeGreaterThan(before);
    }
    expect(client.status().state).toBe('ready');
    expect(leftovers({ clock, network })).toEqual(fresh);
    const pings = broker.pings.length;
    await clock.advance(HEARTBEAT_MS);
    expect(broker.pings.length - pings, 'one session, one heartbeat').toBe(1);

    await client.stop();
    expect(leftovers({ clock, network })).toEqual(NOTHING);
  });
});

test('once stopped, no timer, socket or waiter is left of calls that wait, are written or have lost their session', async () => {
  const { client, clock, broker } = await openClient();
  const callers = Array.from({ length: 6 }, () => new AbortController());
  const signals = callers.map(({ signal }) => signal);
  const [written = signals[0], ...waiting] = signals;
  if (written === undefined) throw new Error('there are six');
  const calls = [
    client.send(sendRequest(), { signal: written }),
    ...waiting.flatMap((signal) => [
      client.send(sendRequest(), { signal }),
      client.listStreams({ signal }),
    ]),
  ];
  const settled = Promise.allSettled(calls);
  await clock.settle();
  expect(broker.requests.length).toBeGreaterThan(0);
  callers[1]?.abort(new Error('went away'));
  broker.network.links.at(-1)?.end();
  await clock.settle();

  const stopped = client.stop();
  await clock.advance(60_000);
  await stopped;
  await settled;
  expect(leftovers({ clock, network: broker.network, signals })).toEqual(NOTHING);
});

test('over TCP too: a client that was reset, stalled and cut leaves no socket and no timer', async () => {
  const { port } = await startTestBroker();
  const before = handles();
  const link = await startFaultyLink(port);
  const client = createIggyClient({
    addresses: [{ host: '127.0.0.1', port: link.port }],
    credentials: ROOT,
    software: { name: 'test', version: '1' },
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    reconnect: { baseMs: 1, maxMs: 1, attemptsMax: 0 },
    poolSize: 2,
  });
  onTestFinished(() => client.stop());
  client.start();
  const caller = new AbortController();
  const { signal } = caller;
  await client.listStreams({ signal });
  link.faults.reset();
  await client.listStreams({ signal });
  link.faults.cut('to-client', 10);
  await client.listStreams({ signal });
  link.faults.stall();
  const stalled = client.listStreams({ signal });
  caller.abort(new Error('enough'));
  await expect(stalled).rejects.toMatchObject({ kind: 'timeout' });

  await client.stop();
  await link.stop();
  // The last words of sockets take a turn of the event loop.
  await until(() => handles().sockets === before.sockets);
  expect(handles()).toEqual(before);
});

/** Of this process; the test broker has a thread of its own. */
function handles(): Record<'sockets' | 'timers', number> {
  const kinds = process.getActiveResourcesInfo();
  const count = (kind: string): number => kinds.filter((it) => it === kind).length;
  return { sockets: count('TCPSocketWrap'), timers: count('Timeout') };
}
