import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { statsService } from '../../../src/services/stats.ts';
import { TrafficCounter } from '../../../src/services/traffic.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';

const signal = new AbortController().signal;

function setUp() {
  const client = new FakeIggy();
  const clock = new FakeClock();
  const traffic = new TrafficCounter();
  return { client, clock, traffic, service: statsService({ client, clock, traffic, ttlMs: 5000 }) };
}

test('before the first totals came, they are as old as the process, and stale', async () => {
  const { clock, service } = setUp();
  await clock.advance(1500);
  expect(service.stats()).toMatchObject({
    streamsCount: 0,
    messagesCount: 0n,
    uptimeMs: 1500,
    cacheAgeMs: 1500,
    cacheStale: true,
  });
});

test('totals are fresh up to their age, and stale beyond it', async () => {
  const { clock, service } = setUp();
  await clock.advance(1000);
  await service.refresh(signal);
  await clock.advance(5000);
  expect(service.stats()).toMatchObject({
    topicsCount: 2,
    messagesCount: 4n,
    sizeBytes: 5n,
    uptimeMs: 6000,
    cacheAgeMs: 5000,
    cacheStale: false,
  });
  await clock.advance(1);
  expect(service.stats().cacheStale).toBe(true);
});

test('while the broker is away the old totals stay', async () => {
  const { client, service } = setUp();
  await service.refresh(signal);
  client.failures.set('getStats', new IggyError('lost', 'away'));
  await service.refresh(signal);
  expect(service.stats().topicsCount).toBe(2);
});

test('a fault of our own is no outage', async () => {
  const { client, service } = setUp();
  client.failures.set('getStats', new TypeError('bug'));
  await expect(service.refresh(signal)).rejects.toThrow('bug');
});

test('what went through this process is counted', () => {
  const { traffic, service } = setUp();
  const before = traffic.snapshot();
  const transfer = { stream: 's', topic: 't', ms: 1 };
  traffic.sendEnded({ ...transfer, messages: 3, outcome: 'success' });
  traffic.sendEnded({ ...transfer, messages: 9, outcome: 'unknown' });
  traffic.pollEnded({ ...transfer, messages: 2, outcome: 'success' });
  expect(service.stats()).toMatchObject({ messagesSent: 3, messagesReceived: 2, sendFailures: 1 });
  expect(before).toEqual({ messagesSent: 0, messagesReceived: 0, sendFailures: 0 });
});

test('a broker that is spared is not asked for totals', async () => {
  const { client, service } = setUp();
  client.connection = { ...client.connection, circuit: 'open' };
  await service.refresh(signal);
  expect(client.calls).toEqual([]);
});
