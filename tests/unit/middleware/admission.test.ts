import { describe, expect, test } from 'vitest';

import { LAG_SAMPLE_INTERVAL_MS, LAG_SAMPLES } from '../../../src/utils/loop-lag.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { askAndWait, CrowdedIggy } from '../../support/long-answers.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp } from '../../support/start-app.ts';

/** A broker whose answers come when the test says so. */
class HeldIggy extends FakeIggy {
  readonly waiting: (() => void)[] = [];

  override async listStreams(): Promise<[]> {
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
    });
    return [];
  }
}

/** A clock whose timers fire late. */
class BusyClock extends FakeClock {
  lateMs = 0;

  override after(delayMs: number, run: () => void): ReturnType<FakeClock['after']> {
    return super.after(delayMs + this.lateMs, run);
  }
}

const OVERLOADED = { error: 'overloaded', status: 503, retryable: true };

describe('requests under way', () => {
  test('are bounded: one more is refused with Retry-After, and the next is let in again', async () => {
    const client = new HeldIggy();
    const { fetch } = await startTestApp({ client, env: { MAX_IN_FLIGHT_REQUESTS: '2' } });
    const held = [fetch('/streams'), fetch('/streams')];
    await until(() => client.waiting.length === 2);

    const refused = await fetch('/streams');
    expect(await refused.json()).toMatchObject(OVERLOADED);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.has('x-request-id')).toBe(true);
    for (const path of ['/health', '/ready']) expect((await fetch(path)).status).toBe(200);

    for (const release of client.waiting) release();
    for (const answer of held) expect((await answer).status).toBe(200);
    expect((await fetch('/stats')).status).toBe(200);
  });

  test('that fail count no longer than those that succeed', async () => {
    const { fetch } = await startTestApp({ env: { MAX_IN_FLIGHT_REQUESTS: '1' } });
    for (let n = 0; n < 5; n += 1) expect((await fetch('/nowhere')).status).toBe(404);
  });

  test('count until the answer is taken, or its client is gone', async () => {
    const client = new CrowdedIggy();
    const { app, fetch } = await startTestApp({ client, env: { MAX_IN_FLIGHT_REQUESTS: '1' } });
    const raw = await askAndWait(app.port);
    expect(await (await fetch('/stats')).json()).toMatchObject(OVERLOADED);
    raw.socket.resetAndDestroy();
    await until(async () => (await fetch('/stats')).status === 200);
    await (await fetch('/streams')).arrayBuffer();
    expect((await fetch('/stats')).status).toBe(200);
  });

  test('are looked at before the limiter and the key, which cost more', async () => {
    const client = new HeldIggy();
    const env = { MAX_IN_FLIGHT_REQUESTS: '1', RATE_LIMIT_RPS: '1', API_KEY: 'k' };
    const { fetch } = await startTestApp({ client, env });
    const held = fetch('/streams', { headers: { 'x-api-key': 'k' } });
    await until(() => client.waiting.length === 1);
    const refused = await fetch('/streams');
    expect(refused.status).toBe(503);
    expect(refused.headers.has('ratelimit-policy')).toBe(false);
    for (const release of client.waiting) release();
    await held;
  });
});

describe('an event loop that is behind', () => {
  const SECOND_MS = LAG_SAMPLES * LAG_SAMPLE_INTERVAL_MS;

  test('refuses requests after a while, answers probes, and recovers', async () => {
    const clock = new BusyClock();
    const { fetch } = await startTestApp({ clock, env: { MAX_EVENT_LOOP_LAG_MS: '200' } });
    clock.lateMs = 201;
    await clock.advance(SECOND_MS / 2);
    expect((await fetch('/streams')).status).toBe(200);
    await clock.advance(2 * SECOND_MS);
    expect(await (await fetch('/streams')).json()).toMatchObject(OVERLOADED);
    expect((await fetch('/health')).status).toBe(200);

    clock.lateMs = 0;
    await clock.advance(SECOND_MS);
    expect((await fetch('/streams')).status).toBe(200);
  });

  test('is nobody’s business where it is not to be looked at', async () => {
    const clock = new BusyClock();
    const { fetch } = await startTestApp({ clock, env: { MAX_EVENT_LOOP_LAG_MS: '0' } });
    clock.lateMs = 10_000;
    await clock.advance(60_000);
    expect((await fetch('/streams')).status).toBe(200);
  });
});
