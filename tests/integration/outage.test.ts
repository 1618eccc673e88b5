import { expect, onTestFinished, test } from 'vitest';

import { startApp } from '../../src/app.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { checkedFetch } from '../support/check-answer.ts';
import { anEvent } from '../support/events.ts';
import { testConfig } from '../support/start-app.ts';

test('without a broker a send is refused in time, and says that it may be repeated', async () => {
  const app = await startApp({
    // Nobody listens on port 1.
    config: testConfig({ IGGY_CONNECTION_STRING: 'iggy://iggy:iggy@127.0.0.1:1' }),
    clock: systemClock,
    log: silentLogger,
    version: '0.0.0-test',
  });
  onTestFinished(() => app.stop());
  const url = `http://127.0.0.1:${app.port}`;
  const headers = { 'content-type': 'application/json', 'x-request-timeout': '100' };
  const requests: [string, RequestInit][] = [
    ['/messages', { method: 'POST', headers, body: JSON.stringify({ event: anEvent() }) }],
    ['/messages', { headers }],
    ['/streams', { headers }],
  ];
  for (const [path, init] of requests) {
    const response = await checkedFetch(url + path, init);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-effective-timeout')).toBe('100');
    expect(await response.json()).toMatchObject({ error: 'disconnected', retryable: true });
  }
  const health = await (await checkedFetch(`${url}/health`)).json();
  expect(health).toMatchObject({ status: 'degraded', iggy_connected: false });
  expect((await checkedFetch(`${url}/ready`)).status).toBe(503);
});
