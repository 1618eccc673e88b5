import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { encodeTextHeaders } from '../../../src/iggy-client/text-headers.ts';
import { resourceName } from '../../../src/models/name.ts';
import { consumer } from '../../../src/services/consumer.ts';
import { TrafficCounter } from '../../../src/services/traffic.ts';
import { askBrokerWithin } from '../../../src/services/translate-error.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeIggy, refused } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const { signal } = new AbortController();
const PATH = { stream: resourceName.parse('s'), topic: resourceName.parse('t') };
const POLL = { partitionId: 0, consumerId: 1, offset: undefined, count: 2, autoCommit: false };

async function setUp() {
  const client = new FakeIggy();
  await client.createStream('s', { signal });
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, { signal });
  const traffic = new TrafficCounter();
  const askBroker = askBrokerWithin({ phase: () => 'running', status: () => client.status() });
  const clock = new FakeClock();
  return { client, traffic, service: consumer({ client, askBroker, clock, traffic }) };
}

test('without an offset the next page is asked for, with one that very place', async () => {
  const { client, service } = await setUp();
  await service.poll(PATH, POLL, signal);
  await service.poll(PATH, { ...POLL, offset: 7n, autoCommit: true }, signal);
  const common = { stream: 's', topic: 't', partitionId: 0, consumerId: 1, count: 2 };
  expect(client.polls).toEqual([
    { ...common, from: { kind: 'next' }, autoCommit: false },
    { ...common, from: { kind: 'offset', offset: 7n }, autoCommit: true },
  ]);
});

test('what is handed out is counted', async () => {
  const { client, traffic, service } = await setUp();
  const messages = [1n, 2n, 3n].map((id) => ({
    id,
    originTimestampMicros: 0n,
    payload: Buffer.from('x'),
  }));
  await client.send(
    { stream: 's', topic: 't', partitioning: { kind: 'balanced' }, messages },
    { signal },
  );
  const page = await service.poll(PATH, POLL, signal);
  expect(page.messages.map(({ id }) => id)).toEqual([1n, 2n]);
  expect(page.currentOffset).toBe(2n);
  expect(traffic.snapshot().messagesReceived).toBe(2);
});

test('the trace a message was sent in is given back, and what is no trace is not', async () => {
  const { client, service } = await setUp();
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const other = trace.replace('4bf9', '4bfa');
  const headers = [
    encodeTextHeaders({ source: 'x', traceparent: trace }),
    encodeTextHeaders({ source: 'x', traceparent: trace }),
    encodeTextHeaders({ source: 'x', traceparent: other }),
    encodeTextHeaders({ traceparent: '","admin":true' }),
    Buffer.from('no headers at all'),
  ];
  const messages = headers.map((userHeaders, index) => ({
    id: BigInt(index + 1),
    originTimestampMicros: 0n,
    payload: Buffer.from('x'),
    userHeaders,
  }));
  await client.send(
    { stream: 's', topic: 't', partitioning: { kind: 'balanced' }, messages },
    { signal },
  );
  const page = await service.poll(PATH, { ...POLL, count: 5 }, signal);
  expect(page.messages.map(({ traceparent }) => traceparent)).toEqual([
    trace,
    trace,
    other,
    undefined,
    undefined,
  ]);
});

test('a poll that does not commit may time out; one that commits had not begun', async () => {
  const { client, service } = await setUp();
  client.failures.set('poll', new IggyError('timeout', 'x'));
  expect((await rejectionOf(service.poll(PATH, POLL, signal))).code).toBe('timeout');
  const committing = { ...POLL, autoCommit: true };
  expect((await rejectionOf(service.poll(PATH, committing, signal))).code).toBe('overloaded');
});

test('a partition that is not there is named', async () => {
  const { client, service } = await setUp();
  const missing = service.poll(PATH, { ...POLL, partitionId: 9 }, signal);
  const message = "Topic 't' in stream 's' has no partition 9";
  expect(await rejectionOf(missing)).toMatchObject({ code: 'not_found', message });
  client.failures.set('poll', refused(20));
  const vague = service.poll(PATH, { ...POLL, partitionId: 9 }, signal);
  expect(await rejectionOf(vague)).toMatchObject({ code: 'not_found', message });
});
