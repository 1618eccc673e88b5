import { describe, expect, test } from 'vitest';

import { AppFailure } from '../../src/app-failure.ts';
import { startApp, StartInterrupted } from '../../src/app.ts';
import type { LinkOptions } from '../../src/broker-link.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeIggy, refused } from '../support/fake-iggy.ts';
import { openRaw } from '../support/raw-http.ts';
import { until } from '../support/spawn-gateway.ts';
import { startTestApp, testConfig } from '../support/start-app.ts';

/** A broker whose answers come when the test says so. */
class HeldIggy extends FakeIggy {
  release: () => void = () => {};

  override async listStreams({ signal }: { signal: AbortSignal }): Promise<[]> {
    this.signals.push(signal);
    await new Promise<void>((resolve) => {
      this.release = resolve;
    });
    return [];
  }
}

const POST_STREAMS = 'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n';

describe('the start', () => {
  test('makes the default stream and topic, and then the gateway is ready', async () => {
    const { client, fetch } = await startTestApp({ env: { IGGY_STREAM: 'mine' } });
    const { signal } = new AbortController();
    expect(await client.getTopic('mine', 'events', { signal })).toMatchObject({
      partitionsCount: 3,
    });
    expect((await fetch('/ready')).status).toBe(200);
  });

  test('is not over before they are there, but the port is open', async () => {
    const client = new FakeIggy();
    client.failures.set('getStream', refused(57));
    client.connection = { ...client.connection, state: 'connecting' };
    const { fetch, clock } = await startTestApp({ client });
    expect((await fetch('/health')).status).toBe(200);
    expect((await fetch('/ready')).status).toBe(503);

    client.failures.clear();
    client.connection = { ...client.connection, state: 'ready' };
    await clock.advance(60_000);
    expect((await fetch('/ready')).status).toBe(200);
  });

  test('fails, and leaves nothing running, if the port is taken', async () => {
    const { app } = await startTestApp();
    const client = new FakeIggy();
    const failing = startTestApp({ client, env: { PORT: String(app.port) } });
    await expect(failing).rejects.toBeInstanceOf(AppFailure);
    expect(client.stopped).toBe(true);
  });
});

describe('a start that waits for the broker', () => {
  const env = { STARTUP_WAIT_FOR_BROKER: 'true' };

  /** A start under way, and what its broker does. */
  async function beginWaiting() {
    const stop = new AbortController();
    const client = new FakeIggy();
    const clock = new FakeClock();
    const { promise: linked, resolve } = Promise.withResolvers<LinkOptions>();
    const starting = startApp({
      config: testConfig(env),
      clock,
      log: silentLogger,
      version: '1.2.3',
      signal: stop.signal,
      async link(options) {
        resolve(options);
        return { client, description: 'fake broker', stop: () => client.stop() };
      },
    });
    let isOver = false;
    const over = (): boolean => (isOver = true);
    starting.then(over, over);
    const link = await linked;
    await until(() => client.started);
    await clock.settle();
    return { client, clock, link, starting, stop, isOver: () => isOver };
  }

  test('opens its port once the broker is there', async () => {
    const { clock, link, starting, isOver } = await beginWaiting();
    expect(isOver()).toBe(false);
    link.onEvent?.({ kind: 'connected', serverVersion: '0.9.0' });
    const app = await starting;
    expect((await fetch(`http://127.0.0.1:${app.port}/health`)).status).toBe(200);
    const stopped = app.stop();
    await clock.advance(60_000);
    await stopped;
  });

  test('fails, and leaves nothing running, once the broker is given up', async () => {
    const { client, link, starting } = await beginWaiting();
    const failure = new AppFailure(69, 'gave up on the broker');
    link.fail(failure);
    await expect(starting).rejects.toBe(failure);
    expect(client.stopped).toBe(true);
  });

  test('ends at once, and leaves nothing running, if it is told to stop', async () => {
    const { client, starting, stop } = await beginWaiting();
    stop.abort();
    await expect(starting).rejects.toBeInstanceOf(StartInterrupted);
    expect(client.stopped).toBe(true);
  });
});

describe('the stop', () => {
  test('says so at once, still takes requests for a moment, and then no more', async () => {
    const { app, clock, fetch } = await startTestApp({ env: { SHUTDOWN_DELAY_MS: '500' } });
    const stopped = app.stop();
    const ready = await fetch('/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ error: 'draining', retryable: true });
    expect((await fetch('/streams')).status).toBe(200);
    await clock.advance(500);
    await stopped;
    await expect(fetch('/health')).rejects.toThrow('fetch failed');
  });

  test('lets what is under way end, and hangs up after it', async () => {
    const client = new HeldIggy();
    const { app, clock, fetch } = await startTestApp({ client });
    const answer = fetch('/streams');
    await until(() => client.signals.length > 0);
    const stopped = app.stop();
    await clock.advance(1000);
    expect(client.stopped).toBe(false);
    client.release();
    expect((await answer).status).toBe(200);
    await stopped;
    expect(client.stopped).toBe(true);
  });

  test('cuts what does not end in time, and still hangs up', async () => {
    const client = new HeldIggy();
    const { app, clock } = await startTestApp({ client, env: { SHUTDOWN_TIMEOUT_SECS: '10' } });
    const raw = await openRaw(app.port);
    const timers = clock.pendingTimers;
    raw.write(`${POST_STREAMS}Content-Length: 10\r\n\r\n{`);
    await until(() => clock.pendingTimers > timers);
    const stopped = app.stop();
    await clock.advance(7999);
    expect(client.stopped).toBe(false);
    await clock.advance(1);
    await raw.closed;
    await stopped;
    expect(client.stopped).toBe(true);
  });

  test('closes connections on which nothing happens', async () => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    const stopped = app.stop();
    await clock.advance(0);
    await raw.closed;
    await stopped;
  });

  test('happens once, however often it is asked for, and leaves no timer', async () => {
    const { app, clock } = await startTestApp();
    const first = app.stop();
    expect(app.stop()).toBe(first);
    await clock.advance(0);
    await first;
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('what cannot go on', () => {
  test('is told with the code to end with', async () => {
    const { app, fail } = await startTestApp();
    const failure = new AppFailure(70, 'the embedded broker died');
    fail(failure);
    expect(await app.failed).toBe(failure);
  });

  test('may be a fault in a background task', async () => {
    const client = new FakeIggy();
    client.failures.set('getStats', new TypeError('bug'));
    const { app } = await startTestApp({ client });
    expect(await app.failed).toMatchObject({ exitCode: 70 });
  });
});
