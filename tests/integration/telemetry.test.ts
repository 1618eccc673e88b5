import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import { startApp } from '../../src/app.ts';
import { startBroker } from '../../src/iggy-broker/index.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { ROOT } from '../support/broker-client.ts';
import { anEvent } from '../support/events.ts';
import { scrape } from '../support/metrics.ts';
import { until } from '../support/spawn-gateway.ts';
import { testConfig } from '../support/start-app.ts';
import { newTopic, startGateway } from '../support/start-gateway.ts';

test('what was sent and polled is in the metrics and in /stats, by topic', async () => {
  const gateway = await startGateway({}, { metricsOnAnyPort: true });
  const { stream, path } = await newTopic(gateway);
  await gateway.post(`${path}/messages/batch`, { events: [anEvent(), anEvent(), anEvent()] });
  await gateway.post(`${path}/messages`, { event: anEvent() });
  await gateway.post(`/streams/${stream}/topics/missing/messages`, { event: anEvent() });
  await gateway.fetch(`${path}/messages?offset=0&count=3`);

  const series = await scrape(gateway.app);
  const labels = `stream="${stream}",topic="events"`;
  expect(series.get(`iggy_messages_sent_total{${labels},status="success"}`)).toBe(4);
  expect(series.get(`iggy_messages_polled_total{${labels}}`)).toBe(3);
  expect(series.get('iggy_send_duration_seconds_count')).toBe(3);
  expect(series.get('iggy_poll_duration_seconds_count')).toBe(1);
  expect(series.get('iggy_send_batch_messages_sum')).toBe(5);
  expect(series.get('iggy_poll_batch_messages_sum')).toBe(3);
  expect(series.get('iggy_connection_status')).toBe(1);
  expect([...series.keys()].join('\n')).not.toContain('missing');

  expect(await (await gateway.fetch('/stats')).json()).toMatchObject({
    messages_sent: 4,
    messages_received: 3,
    send_failures: 1,
  });
});

test('a broker that goes away and comes back is one reconnect', async () => {
  const listen = { dataDirectory: ':memory:', root: ROOT };
  const broker = await startBroker({ ...listen, port: 0 });
  const app = await startApp({
    config: testConfig({
      IGGY_CONNECTION_STRING: `iggy://${ROOT.username}:${ROOT.password}@127.0.0.1:${broker.port}`,
      IGGY_STREAM: `default-${randomUUID()}`,
      RECONNECT_BASE_DELAY_MS: '100',
      RECONNECT_MAX_DELAY_MS: '100',
    }),
    clock: systemClock,
    log: silentLogger,
    version: '0.0.0-test',
    metricsOnAnyPort: true,
  });
  const value = async (name: string): Promise<number | undefined> => (await scrape(app)).get(name);
  try {
    await until(async () => (await value('iggy_connection_status')) === 1);
    await broker.stop();
    await until(async () => (await value('iggy_connection_status')) === 0);
    const again = await startBroker({ ...listen, port: broker.port });
    try {
      await until(async () => (await value('iggy_connection_status')) === 1);
      expect(await value('iggy_connection_reconnects_total')).toBe(1);
    } finally {
      await again.stop();
    }
  } finally {
    await app.stop();
  }
});
