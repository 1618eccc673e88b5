import { beforeEach, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { FaultyLink } from '../support/faulty-link.ts';
import { type LinkedGateway, startLinkedGateway } from '../support/linked-gateway.ts';

/** The defaults: an idle connection is tried this often, and may take this long to answer. */
const PING_PERIOD_MS = 5000;
const PING_DEADLINE_MS = 5000;
const SEND_TIMEOUT_MS = 2000;
/** Base and ceiling at once, so that every wait between two attempts is this long at most. */
const BACKOFF_STEP_MS = 1000;
const POOL_SIZE = 4;

let clock: FakeClock;
let gateway: LinkedGateway;

beforeEach(async () => {
  clock = new FakeClock();
  gateway = await startLinkedGateway({
    clock,
    env: {
      CONNECTION_POOL_SIZE: String(POOL_SIZE),
      RECONNECT_BASE_DELAY_MS: String(BACKOFF_STEP_MS),
      RECONNECT_MAX_DELAY_MS: String(BACKOFF_STEP_MS),
    },
  });
  await expectSoon(ready, 200);
  await expectSoon(async () => gateway.link.openConnections, POOL_SIZE);
  expect(await send()).toMatchObject({ status: 201 });
});

/** A real server may want a login to be repeated after 50 ms (iggy-vsr-observed §4.3). */
const REPETITION_MS = process.env['IGGY_CONNECTION_STRING'] === undefined ? 0 : 50;

/** Once what needs no time of the gateway has happened. */
async function expectSoon<T>(read: () => Promise<T>, value: T): Promise<void> {
  const look = async (): Promise<T> => {
    if (REPETITION_MS > 0) await clock.advance(REPETITION_MS);
    return read();
  };
  await expect.poll(look, { interval: 5, timeout: 10_000 }).toEqual(value);
}

async function ready(): Promise<number> {
  return (await gateway.fetch('/ready')).status;
}

async function health(): Promise<{ status: string; connection: { reason?: string } }> {
  const response = await gateway.fetch('/health');
  expect(response.status, 'the process is alive').toBe(200);
  return (await response.json()) as { status: string; connection: { reason?: string } };
}

async function send(): Promise<{ status: number; error?: string }> {
  const headers = { 'x-request-timeout': String(SEND_TIMEOUT_MS) };
  const answer = await gateway.post('/messages', { event: anEvent() }, headers);
  const { error } = (await answer.json()) as { error?: string };
  return { status: answer.status, ...(error !== undefined && { error }) };
}

/** One that was given its deadline at most. */
async function sendInTime(): Promise<{ status: number; error?: string }> {
  // Its deadline.
  const timers = clock.pendingTimers + 1;
  let answered = false;
  const answer = send().finally(() => (answered = true));
  const isTimed = (): boolean => answered || clock.pendingTimers >= timers;
  await expect.poll(isTimed, { interval: 1 }).toBe(true);
  await clock.advance(SEND_TIMEOUT_MS);
  return answer;
}

async function expectOutage(): Promise<void> {
  await expectSoon(ready, 503);
  const { status, connection } = await health();
  expect(status).toBe('degraded');
  expect(connection.reason).toMatch(/\w/);
}

async function expectRecovery(): Promise<void> {
  await gateway.link.heal();
  await clock.advance(BACKOFF_STEP_MS);
  await expectSoon(ready, 200);
  expect(await health()).toMatchObject({ status: 'healthy' });
  expect(await send()).toMatchObject({ status: 201 });
}

describe('health does not stay healthy in an outage (contract §7, 2)', () => {
  const SILENCES: Record<string, (link: FaultyLink) => void> = {
    'a black hole': ({ faults }) => faults.stall(),
    'a link that is half-open towards the broker': ({ faults }) => faults.halfOpen('to-broker'),
    'a link that is half-open towards us': ({ faults }) => faults.halfOpen('to-client'),
  };

  test.each(Object.entries(SILENCES))(
    '%s shows within a ping period and its deadline, sends end in time, and one step after it all is well',
    async (_, strike) => {
      strike(gateway.link);
      expect(await sendInTime()).toEqual({ status: 504, error: 'outcome_unknown' });
      await clock.advance(PING_PERIOD_MS + PING_DEADLINE_MS - SEND_TIMEOUT_MS);
      await expectOutage();
      expect((await sendInTime()).status).toBeOneOf([503, 504]);
      await expectRecovery();
    },
  );

  const BREAKS: Record<string, (link: FaultyLink) => void> = {
    'a broker that is gone': (link) => {
      link.refuse();
      link.faults.reset();
    },
    'a reset of every connection': ({ faults }) => faults.reset(),
    'a login that nobody answers': ({ faults }) => {
      faults.stall();
      faults.reset();
    },
  };

  test.each(Object.entries(BREAKS))(
    '%s shows at once, sends end in time, and one step after it all is well',
    async (_, strike) => {
      strike(gateway.link);
      await expectOutage();
      // With a broker that is back at once, it depends on how far the login is.
      expect((await sendInTime()).status).toBeOneOf([201, 503, 504]);
      await expectRecovery();
    },
  );

  test('a broker that stays away for long is one step away once it is back', async () => {
    gateway.link.refuse();
    gateway.link.faults.reset();
    await expectOutage();
    await clock.advance(60_000);
    expect(await sendInTime()).toMatchObject({ status: 503 });
    await expectOutage();
    await expectRecovery();
  });
});

test('a failure reaches the layer that reconnects as what it is (contract §7, 1)', async () => {
  const { faults } = gateway.link;
  faults.stall('to-client');
  const before = faults.carried['to-broker'];
  const read = gateway.fetch('/streams');
  await expectSoon(async () => faults.carried['to-broker'] > before, true);
  faults.reset();
  await gateway.link.heal();
  await expectOutage();
  await clock.advance(BACKOFF_STEP_MS);
  // The loss in the middle of it was known for a loss, a read for a read: it was asked again.
  expect((await read).status).toBe(200);

  gateway.link.refuse();
  faults.reset();
  await expectOutage();
  expect(await sendInTime()).toEqual({ status: 503, error: 'disconnected' });
});

test('sends that come in the middle of a black hole do not hide it', async () => {
  gateway.link.faults.stall();
  await clock.advance(PING_PERIOD_MS - 1);
  // A timer each: its deadline.
  const timers = clock.pendingTimers + POOL_SIZE;
  const sends = Promise.all(Array.from({ length: POOL_SIZE }, () => send()));
  sends.catch(() => undefined);
  await expect.poll(() => clock.pendingTimers, { interval: 1 }).toBeGreaterThanOrEqual(timers);
  await clock.advance(PING_DEADLINE_MS + 1);
  await expectOutage();
  for (const { status } of await sends) expect(status).toBeOneOf([503, 504]);
});
