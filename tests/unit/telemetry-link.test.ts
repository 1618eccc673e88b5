import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { AppFailure } from '../../src/app-failure.ts';
import { PROBLEMS } from '../../src/errors.ts';
import { scrape } from '../support/metrics.ts';
import { startTestApp } from '../support/start-app.ts';

async function takenPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void other.close());
  return (other.address() as AddressInfo).port;
}

/** Free a moment ago. */
async function freePort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const { port } = other.address() as AddressInfo;
  await new Promise((resolve) => {
    other.close(resolve);
  });
  return port;
}

test('the metrics are served where the settings say', async () => {
  const port = await freePort();
  const { app } = await startTestApp({
    env: { METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port) },
  });
  expect(app.metricsPort).toBe(port);
  const series = await scrape(app);
  expect(series.get('http_requests_in_flight')).toBe(0);
  expect(series.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  expect(series.has('process_resident_memory_bytes')).toBe(true);
});

test('every code of a problem has its series from the start, so that the first one is an increase', async () => {
  const { app } = await startTestApp({ metricsOnAnyPort: true });
  const series = await scrape(app);
  const values = Object.keys(PROBLEMS).map((code) =>
    series.get(`http_problems_total{code="${code}"}`),
  );
  expect(values).toEqual(values.map(() => 0));
});

test('METRICS_PORT=0 serves none', async () => {
  const { app } = await startTestApp({ env: { METRICS_PORT: '0' } });
  expect(app.metricsPort).toBeUndefined();
});

test('a port of the metrics that is taken fails the start with 69', async () => {
  const port = await takenPort();
  const failing = startTestApp({
    env: { METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port) },
  });
  await expect(failing).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining(String(port)),
  });
});

test('a start that fails for another reason leaves no metrics behind', async () => {
  const port = await freePort();
  const failing = startTestApp({
    env: {
      PORT: String(await takenPort()),
      METRICS_HOST: '127.0.0.1',
      METRICS_PORT: String(port),
    },
  });
  await expect(failing).rejects.toBeInstanceOf(AppFailure);
  await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow('fetch failed');
});

test('metrics can be fetched while the gateway drains, and no more when it has stopped', async () => {
  const { app, clock } = await startTestApp({
    metricsOnAnyPort: true,
    env: { SHUTDOWN_DELAY_MS: '500' },
  });
  const stopped = app.stop();
  expect((await scrape(app)).size).toBeGreaterThan(0);
  await clock.advance(500);
  await stopped;
  await expect(scrape(app)).rejects.toThrow('fetch failed');
});
