import { randomUUID } from 'node:crypto';

import { describe, expect, onTestFinished, test } from 'vitest';

import { startApp } from '../../src/app.ts';
import { startBroker } from '../../src/iggy-broker/index.ts';
import { commands } from '../../src/iggy-protocol/index.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { ROOT } from '../support/broker-client.ts';
import { checkedFetch } from '../support/check-answer.ts';
import { anEvent } from '../support/events.ts';
import { listeningLog } from '../support/listening-log.ts';
import { scrape } from '../support/metrics.ts';
import { until } from '../support/spawn-gateway.ts';
import { testConfig } from '../support/start-app.ts';
import { startVirtualGateway, type VirtualGateway } from '../support/virtual-gateway.ts';

const SECOND_MS = 1_000;
const COMMITTING_POLL = '/messages?auto_commit=true';
/** Opens at the first failure, and for so long that no test sees the end of it. */
const TOUCHY = {
  CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1',
  CIRCUIT_BREAKER_OPEN_DURATION_SECS: '86400',
};

async function circuit(gateway: VirtualGateway): Promise<unknown> {
  const response = await gateway.fetch('/health');
  expect(response.status).toBe(200);
  const health = (await response.json()) as { connection: { circuit_breaker: unknown } };
  return health.connection.circuit_breaker;
}

/** The broker goes away, and is missed. */
async function openCircuit(gateway: VirtualGateway): Promise<void> {
  gateway.broker.leave();
  for (let n = 0; n < 120 && (await circuit(gateway)) !== 'open'; n += 1) {
    await gateway.clock.advance(SECOND_MS);
  }
  expect(await circuit(gateway)).toBe('open');
}

/** The broker comes back, and is noticed. */
async function halfOpenCircuit(gateway: VirtualGateway): Promise<void> {
  await openCircuit(gateway);
  gateway.broker.comeBack();
  // The longest wait between two attempts.
  await gateway.clock.advance(40 * SECOND_MS);
  expect(await circuit(gateway)).toBe('half_open');
}

test('while the circuit is open a send is refused at once with circuit_open and Retry-After, and nothing is stored', async () => {
  const gateway = await startVirtualGateway({ CIRCUIT_BREAKER_OPEN_DURATION_SECS: '3600' });
  await openCircuit(gateway);
  await gateway.clock.advance(10 * SECOND_MS);
  const refused = await gateway.post('/messages', { event: anEvent() });
  expect(refused.status).toBe(503);
  const retryAfterSecs = Number(refused.headers.get('retry-after'));
  expect(retryAfterSecs).toBeGreaterThan(3500);
  expect(retryAfterSecs).toBeLessThanOrEqual(3590);
  expect(await refused.json()).toMatchObject({ error: 'circuit_open', retryable: true });

  gateway.broker.comeBack();
  await gateway.clock.advance(40 * SECOND_MS);
  for (const partition of [0, 1, 2]) {
    const page = await gateway.fetch(`/messages?offset=0&partition_id=${partition}`);
    expect(await page.json()).toMatchObject({ count: 0 });
  }
});

test('a broker that comes back closes the circuit without waiting for the open duration', async () => {
  const gateway = await startVirtualGateway({ CIRCUIT_BREAKER_OPEN_DURATION_SECS: '86400' });
  await halfOpenCircuit(gateway);
  expect((await gateway.fetch('/ready')).status).toBe(200);
  expect((await gateway.fetch('/streams')).status).toBe(200);
  expect((await gateway.post('/messages', { event: anEvent() })).status).toBe(201);
  expect(await circuit(gateway)).toBe('closed');
});

test('who was waiting when the circuit opened goes on waiting, and is served', async () => {
  const gateway = await startVirtualGateway({ CIRCUIT_BREAKER_FAILURE_THRESHOLD: '3' });
  gateway.broker.leave();
  await gateway.clock.settle();
  const timers = gateway.clock.pendingTimers;
  const early = gateway.post('/messages', { event: anEvent() });
  // Its deadline, and that of its body.
  await until(() => gateway.clock.pendingTimers > timers);
  await openCircuit(gateway);
  gateway.broker.comeBack();
  await gateway.clock.advance(10 * SECOND_MS);
  expect((await early).status).toBe(201);
});

describe('an open circuit with a connection', () => {
  test('makes /ready a 503 and /health degraded, until the broker logs us in again', async () => {
    const gateway = await startVirtualGateway(TOUCHY);
    gateway.broker.holdBack(commands.pollMessages);
    const { answer } = await gateway.begin(1, COMMITTING_POLL);
    gateway.broker.lastHeld?.end('cut');
    expect((await answer).status).toBe(504);

    const ready = await gateway.fetch('/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ error: 'circuit_open' });
    const health = await gateway.fetch('/health');
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({
      status: 'degraded',
      connection: { state: 'ready', circuit_breaker: 'open' },
    });

    await gateway.clock.advance(SECOND_MS);
    expect((await gateway.fetch('/ready')).status).toBe(200);
    expect(await circuit(gateway)).toBe('half_open');
  });
});

describe('who had how much patience', () => {
  test("one client's short deadline does not open the circuit for all (contract §7, 4)", async () => {
    const gateway = await startVirtualGateway(TOUCHY);
    gateway.broker.holdBack(commands.getStreams);
    const headers = { 'x-request-timeout': '29999' };
    const { answer } = await gateway.begin(1, '/streams', { headers });
    await gateway.clock.advance(29_999);
    expect((await answer).status).toBe(504);
    expect(await circuit(gateway)).toBe('closed');
    gateway.broker.goOn();
    expect((await gateway.fetch('/streams')).status).toBe(200);
  });

  test('nor does a client that goes away', async () => {
    const gateway = await startVirtualGateway(TOUCHY);
    gateway.broker.holdBack(commands.getStreams);
    const client = new AbortController();
    const { answer } = await gateway.begin(1, '/streams', { signal: client.signal });
    const timers = gateway.clock.pendingTimers;
    client.abort();
    await expect(answer).rejects.toThrow('aborted');
    await until(() => gateway.clock.pendingTimers < timers);
    expect(await circuit(gateway)).toBe('closed');
  });

  test('a broker that uses up the whole time does', async () => {
    const gateway = await startVirtualGateway(TOUCHY);
    gateway.broker.holdBack(commands.getStreams);
    const { answer } = await gateway.begin(1, '/streams');
    await gateway.clock.advance(30_000);
    expect((await answer).status).toBe(504);
    expect(await circuit(gateway)).toBe('open');
  });
});

describe('a probe gives its lease back however it ends, and the circuit closes again (contract §7, 5):', () => {
  type Ending = 'success' | 'refusal' | 'a short deadline' | 'a client that goes away' | 'loss';

  async function end(ending: Ending, gateway: VirtualGateway): Promise<void> {
    const { broker, clock } = gateway;
    const heldBack = broker.heldBack + 1;
    switch (ending) {
      case 'success': {
        broker.holdBack(commands.getStreams);
        const { answer } = await gateway.begin(heldBack, '/streams');
        await expectOut(gateway);
        broker.goOn();
        expect((await answer).status).toBe(200);
        return;
      }
      case 'refusal': {
        broker.holdBack(commands.deleteStream);
        const { answer } = await gateway.begin(heldBack, '/streams/none', { method: 'DELETE' });
        await expectOut(gateway);
        broker.goOn();
        expect((await answer).status).toBe(404);
        return;
      }
      case 'a short deadline': {
        broker.holdBack(commands.getStreams);
        const headers = { 'x-request-timeout': '100' };
        const { answer } = await gateway.begin(heldBack, '/streams', { headers });
        await expectOut(gateway);
        await clock.advance(100);
        expect((await answer).status).toBe(504);
        return;
      }
      case 'a client that goes away': {
        broker.holdBack(commands.getStreams);
        const client = new AbortController();
        const { answer } = await gateway.begin(heldBack, '/streams', { signal: client.signal });
        await expectOut(gateway);
        const timers = clock.pendingTimers;
        client.abort();
        await expect(answer).rejects.toThrow('aborted');
        await until(() => clock.pendingTimers < timers);
        return;
      }
      case 'loss': {
        broker.holdBack(commands.pollMessages);
        const { answer } = await gateway.begin(heldBack, COMMITTING_POLL);
        await expectOut(gateway);
        broker.lastHeld?.end('cut');
        expect((await answer).status).toBe(504);
        await clock.advance(SECOND_MS);
        return;
      }
    }
  }

  /** A probe is under way, so nobody else is let through. */
  async function expectOut(gateway: VirtualGateway): Promise<void> {
    const refused = await gateway.fetch('/streams/other');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: 'circuit_open' });
  }

  test.each<Ending>(['success', 'refusal', 'a short deadline', 'a client that goes away', 'loss'])(
    '%s',
    async (ending) => {
      const gateway = await startVirtualGateway(TOUCHY);
      await halfOpenCircuit(gateway);
      await end(ending, gateway);
      gateway.broker.goOn();
      expect((await gateway.fetch('/streams')).status).toBe(200);
      expect((await gateway.fetch('/streams')).status).toBe(200);
      expect(await circuit(gateway)).toBe('closed');
    },
  );
});

test('an opening and a closing are in the log and in the metrics', async () => {
  const listen = { dataDirectory: ':memory:', root: ROOT };
  const broker = await startBroker({ ...listen, port: 0 });
  const { log, lines } = listeningLog();
  const app = await startApp({
    config: testConfig({
      IGGY_CONNECTION_STRING: `iggy://${ROOT.username}:${ROOT.password}@127.0.0.1:${broker.port}`,
      IGGY_STREAM: `default-${randomUUID()}`,
      RECONNECT_BASE_DELAY_MS: '100',
      RECONNECT_MAX_DELAY_MS: '100',
      ...TOUCHY,
    }),
    clock: systemClock,
    log,
    version: '0.0.0-test',
    metricsOnAnyPort: true,
  });
  onTestFinished(() => app.stop());
  const url = `http://127.0.0.1:${app.port}`;
  const value = async (name: string): Promise<number | undefined> => (await scrape(app)).get(name);
  const spoken = (level: string) => lines.filter((it) => it.level === level);

  await until(async () => (await checkedFetch(`${url}/ready`)).ok);
  expect(await value('iggy_circuit_breaker_state')).toBe(0);
  await broker.stop();
  await until(async () => (await value('iggy_circuit_breaker_state')) === 1);
  expect(await value('iggy_circuit_breaker_opens_total')).toBe(1);
  const before = await value('iggy_circuit_breaker_rejections_total{state="open"}');
  expect((await checkedFetch(`${url}/streams`)).status).toBe(503);
  const rejections = await value('iggy_circuit_breaker_rejections_total{state="open"}');
  expect(rejections).toBeGreaterThan(before ?? 0);
  expect(spoken('warn')).toContainEqual({
    level: 'warn',
    message: 'the circuit breaker opened: the broker is spared',
    // Refused, or hung up on in the middle: it depends on the moment.
    reason: expect.stringMatching(/./),
  });

  const again = await startBroker({ ...listen, port: broker.port });
  onTestFinished(() => again.stop());
  await until(async () => {
    await checkedFetch(`${url}/streams`);
    return (await value('iggy_circuit_breaker_state')) === 0;
  });
  expect(spoken('info').map(({ message }) => message)).toContain(
    'the circuit breaker closed: the broker is well again',
  );
});
