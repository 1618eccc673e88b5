import { expect, test } from 'vitest';

import { anEvent } from '../../support/events.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { scrape } from '../../support/metrics.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp } from '../../support/start-app.ts';

const duration = (method: string, route: string, status: number): string =>
  `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;

/** A broker whose list of streams comes when the test says so, or never. */
class HeldIggy extends FakeIggy {
  release: () => void = () => {};

  override async listStreams({ signal }: { signal: AbortSignal }): Promise<[]> {
    this.signals.push(signal);
    return new Promise((resolve, reject) => {
      this.release = () => resolve([]);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

test('requests are told apart by method, route and status, never by path', async () => {
  const { app, fetch } = await startTestApp({ metricsOnAnyPort: true });
  for (let n = 0; n < 20; n += 1) await fetch(`/streams/no-such-stream-${n}`);
  for (let n = 0; n < 20; n += 1) await fetch(`/no-such-path-${n}`);
  await fetch('/health', { method: 'HEAD' });
  await fetch('/health', { method: 'PROPFIND' });

  await until(async () => (await scrape(app)).get('http_requests_in_flight') === 0);
  const series = await scrape(app);
  const requests = [...series].filter(([name]) =>
    name.startsWith('http_request_duration_seconds_c'),
  );
  expect(Object.fromEntries(requests)).toEqual({
    [duration('GET', '/streams/:stream', 404)]: 20,
    [duration('GET', 'none', 404)]: 20,
    [duration('HEAD', '/health', 200)]: 1,
    [duration('other', 'none', 405)]: 1,
  });
  expect(series.get('http_problems_total{code="not_found"}')).toBe(20);
  expect(series.get('http_problems_total{code="route_not_found"}')).toBe(20);
});

test('a request counts as in flight until its answer has ended, or its client is gone', async () => {
  const client = new HeldIggy();
  const { app, fetch } = await startTestApp({ client, metricsOnAnyPort: true });
  const first = fetch('/streams');
  await until(() => client.signals.length === 1);
  expect((await scrape(app)).get('http_requests_in_flight')).toBe(1);
  client.release();
  await first;
  await until(async () => (await scrape(app)).get('http_requests_in_flight') === 0);

  const controller = new AbortController();
  const second = fetch('/streams', { signal: controller.signal }).catch(() => undefined);
  await until(() => client.signals.length === 2);
  controller.abort();
  await second;
  await until(async () => (await scrape(app)).get('http_requests_in_flight') === 0);
  const series = await scrape(app);
  expect(series.get('http_requests_aborted_total')).toBe(1);
  expect(series.get(duration('GET', '/streams', 200))).toBe(1);
  expect(series.get(duration('GET', '/streams', 499))).toBe(1);
});

test('what clients make up as streams and topics becomes no series', async () => {
  const { app, post } = await startTestApp({ metricsOnAnyPort: true });
  for (let n = 0; n < 20; n += 1) {
    await post(`/streams/s${n}/topics/t${n}/messages`, { event: anEvent() });
  }
  await post('/messages', { event: anEvent() });
  const sent = [...(await scrape(app))].filter(([name]) => name.startsWith('iggy_messages_sent'));
  expect(Object.fromEntries(sent)).toEqual({
    'iggy_messages_sent_total{stream="other",topic="other",status="error"}': 20,
    'iggy_messages_sent_total{stream="sample-stream",topic="events",status="success"}': 1,
  });
});

test('the life of the connection is counted', async () => {
  const { app, happen } = await startTestApp({ metricsOnAnyPort: true });
  happen({ kind: 'connected', serverVersion: undefined });
  expect((await scrape(app)).get('iggy_connection_status')).toBe(1);
  happen({ kind: 'session-lost', reason: 'x' });
  expect((await scrape(app)).get('iggy_connection_status')).toBe(1);
  happen({ kind: 'lost', reason: 'x' });
  happen({ kind: 'reconnecting', attempts: 1, delayMs: 1, reason: 'x' });
  expect((await scrape(app)).get('iggy_connection_status')).toBe(0);
  expect((await scrape(app)).get('iggy_connection_reconnects_total')).toBe(0);
  happen({ kind: 'connected', serverVersion: undefined });
  expect((await scrape(app)).get('iggy_connection_reconnects_total')).toBe(1);
  happen({ kind: 'gave-up', attempts: 1, reason: 'x' });
  expect((await scrape(app)).get('iggy_connection_status')).toBe(0);
});
