import { describe, expect, test } from 'vitest';

import { FakeIggy } from '../../support/fake-iggy.ts';
import { type HeardLine, listeningLog } from '../../support/listening-log.ts';
import { askAndWait, CrowdedIggy } from '../../support/long-answers.ts';
import { scrape } from '../../support/metrics.ts';
import { openRaw } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-program.ts';
import { startTestApp } from '../../support/start-app.ts';

const TIMEOUT_MS = 60_000;

async function startCrowded() {
  const { log, lines } = listeningLog();
  const gateway = await startTestApp({ client: new CrowdedIggy(), log, metricsOnAnyPort: true });
  const requests = (): HeardLine[] => lines.filter(({ message }) => message === 'request');
  return { ...gateway, requests };
}

describe('a client that takes nothing of its answer', () => {
  test('is cut off after a while, not before, and told in the log and in numbers', async () => {
    const { app, clock, requests } = await startCrowded();
    const raw = await askAndWait(app.port);
    await clock.advance(TIMEOUT_MS - 1);
    expect(requests()).toEqual([]);
    // What the system takes in advance may have come a moment later.
    await until(async () => {
      await clock.advance(TIMEOUT_MS / 10);
      return requests().length > 0;
    });
    expect(requests()).toMatchObject([
      { status: 499, aborted: true, stalled: true, unsent_status: 200 },
    ]);
    const series = await scrape(app);
    expect(series.get('http_requests_stalled_total')).toBe(1);
    expect(series.get('http_requests_in_flight')).toBe(0);
    raw.socket.on('error', () => {}).resume();
    await raw.closed;
  });

  test('is not one that takes it slowly, however long that lasts', async () => {
    const { app, clock, requests } = await startCrowded();
    const raw = await askAndWait(app.port);
    // Two steps in which the system alone gives what it had taken in advance are no stall yet.
    const stepMs = 0.45 * TIMEOUT_MS;
    let elapsedMs = 0;
    let pauseAt = 0;
    raw.socket.on('data', () => {
      if (raw.socket.bytesRead > pauseAt) raw.socket.pause();
    });
    while (requests().length === 0) {
      pauseAt = raw.socket.bytesRead + 4e6;
      raw.socket.resume();
      await until(() => raw.socket.isPaused() || requests().length > 0);
      await clock.advance(stepMs);
      elapsedMs += stepMs;
    }
    expect(elapsedMs).toBeGreaterThan(TIMEOUT_MS);
    expect(requests()).toMatchObject([{ status: 200 }]);
    expect(requests()[0]).not.toHaveProperty('stalled');
  });
});

test('nobody is cut off whose answer is not there yet, or behind one that is not', async () => {
  const client = new FakeIggy();
  let release: () => void = () => {};
  client.listStreams = async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return [];
  };
  const { app, clock } = await startTestApp({ client, env: { OPERATION_TIMEOUT_SECS: '3600' } });
  const raw = await openRaw(app.port);
  const timers = clock.pendingTimers;
  raw.write('GET /streams HTTP/1.1\r\nHost: t\r\n\r\nGET /health HTTP/1.1\r\nHost: t\r\n\r\n');
  await until(() => clock.pendingTimers === timers + 2);
  await clock.advance(3 * TIMEOUT_MS);
  release();
  const text = await raw.received(/"status":"healthy".*\}$/s);
  expect(text.match(/HTTP\/1.1 200/g)).toHaveLength(2);
});

test.each(['GET /health', 'HEAD /streams', 'OPTIONS /streams'])(
  'behind the answer to %s nothing is watched any more: the connection stays',
  async (request) => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    const timers = clock.pendingTimers;
    raw.write(`${request} HTTP/1.1\r\nHost: t\r\n\r\n`);
    await raw.received(/\r\n\r\n/);
    expect(clock.pendingTimers).toBe(timers);
    await clock.advance(2 * TIMEOUT_MS);
    raw.write('GET /ready HTTP/1.1\r\nHost: t\r\n\r\n');
    await raw.received(/200 OK[^]*200 OK|204[^]*200 OK/);
  },
);

test('a long answer is what it was: its length is announced, and HEAD tells of it too', async () => {
  const { fetch, requests } = await startCrowded();
  const answer = await fetch('/streams');
  const bytes = (await answer.arrayBuffer()).byteLength;
  expect(bytes).toBeGreaterThan(20e6);
  const length = String(bytes);
  expect(answer.headers.get('content-length')).toBe(length);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const head = await fetch('/streams', { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(length);
  await until(() => requests().length === 2);
  expect(requests()[0]).toMatchObject({ status: 200, bytes });
});
