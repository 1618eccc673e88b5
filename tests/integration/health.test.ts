import { afterAll, beforeAll, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { until } from '../support/spawn-gateway.ts';
import { newTopic, openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({ STATS_CACHE_TTL_SECS: '1' });
});
afterAll(() => gateway.stop());

test('health tells of the process and of its connection', async () => {
  const response = await gateway.fetch('/health');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: 'healthy',
    iggy_connected: true,
    version: '0.0.0-test',
    timestamp: expect.stringMatching(/Z$/),
    connection: {
      state: 'ready',
      since: expect.stringMatching(/Z$/),
      attempts: 0,
      server_version: expect.any(String),
      circuit_breaker: 'closed',
    },
  });
});

test('a gateway with its broker is ready', async () => {
  expect((await gateway.fetch('/ready')).status).toBe(200);
});

interface Stats {
  streams_count: number;
  topics_count: number;
  total_messages: number;
  total_size_bytes: number;
  messages_sent: number;
  messages_received: number;
  send_failures: number;
  cache_stale: boolean;
}

async function stats(): Promise<Stats> {
  return (await (await gateway.fetch('/stats')).json()) as Stats;
}

test('stats count what went through, at once, and what the broker holds, soon', async () => {
  const before = await stats();
  const { path } = await newTopic(gateway);
  await gateway.post(`${path}/messages/batch`, { events: [anEvent(), anEvent()] });
  await gateway.fetch(`${path}/messages?offset=0&count=1`);
  await gateway.post('/streams/none/topics/none/messages', { event: anEvent() });

  const after = await stats();
  expect(after.messages_sent).toBe(before.messages_sent + 2);
  expect(after.messages_received).toBe(before.messages_received + 1);
  expect(after.send_failures).toBe(before.send_failures + 1);
  await until(async () => (await stats()).total_messages >= before.total_messages + 2);
  expect(await stats()).toMatchObject({
    streams_count: expect.any(Number),
    topics_count: expect.any(Number),
    total_size_bytes: expect.any(Number),
    uptime_seconds: expect.any(Number),
    cache_age_seconds: expect.any(Number),
    cache_stale: false,
  });
});
