import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { resourceName } from '../../../src/models/name.ts';
import { type OffsetService, offsetService } from '../../../src/services/offsets.ts';
import { askBrokerWithin } from '../../../src/services/translate-error.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const { signal } = new AbortController();
const PATH = { stream: resourceName.parse('s'), topic: resourceName.parse('t') };
const TARGET = { consumerId: 7, partitionId: 0 };
const MESSAGE = { id: 1n, originTimestampMicros: 0n, payload: Buffer.from('x') };

async function setUp(messages = 3) {
  const client = new FakeIggy();
  await client.createStream('s', { signal });
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, { signal });
  const send = { stream: 's', topic: 't', partitioning: { kind: 'balanced' } as const };
  await client.send({ ...send, messages: Array(messages).fill(MESSAGE) }, { signal });
  client.forgetCalls();
  const askBroker = askBrokerWithin({ phase: () => 'running', status: () => client.status() });
  return { client, service: offsetService({ client, askBroker }) };
}

test('an offset is stored, read and forgotten', async () => {
  const { client, service } = await setUp();
  await service.store(PATH, TARGET, 1n, signal);
  expect(await service.get(PATH, TARGET, signal)).toEqual({ storedOffset: 1n, currentOffset: 2n });
  await service.forget(PATH, TARGET, signal);
  expect((await rejectionOf(service.get(PATH, TARGET, signal))).code).toBe('not_found');
  expect(client.signals.every((it) => it === signal)).toBe(true);
});

test('an offset beyond the last message is refused by its name', async () => {
  const { service } = await setUp();
  expect(await rejectionOf(service.store(PATH, TARGET, 3n, signal))).toMatchObject({
    code: 'bad_request',
    issues: [{ path: '/offset', message: "is beyond the partition's last message" }],
  });
});

type Call = (service: OffsetService, path: typeof PATH, target: typeof TARGET) => Promise<unknown>;

describe.each<[string, Call]>([
  ['reading', (it, path, target) => it.get(path, target, signal)],
  ['storing', (it, path, target) => it.store(path, target, 0n, signal)],
  ['forgetting', (it, path, target) => it.forget(path, target, signal)],
])('%s names what is missing', (_, call) => {
  test.each([
    ['the stream', { ...PATH, stream: resourceName.parse('x') }, 0, "Stream 'x' does not exist"],
    [
      'the topic',
      { ...PATH, topic: resourceName.parse('x') },
      0,
      "Topic 'x' does not exist in stream 's'",
    ],
    ['the partition', PATH, 9, "Topic 't' in stream 's' has no partition 9"],
  ])('%s', async (_name, path, partitionId, message) => {
    const { service } = await setUp();
    const error = await rejectionOf(call(service, path, { ...TARGET, partitionId }));
    expect(error).toMatchObject({ code: 'not_found', message });
  });
});

test.each<[string, Call]>([
  ['reading', (it, path, target) => it.get(path, target, signal)],
  ['forgetting', (it, path, target) => it.forget(path, target, signal)],
])('%s what was never stored says whose, and where', async (_, call) => {
  const { service } = await setUp();
  expect(await rejectionOf(call(service, PATH, TARGET))).toMatchObject({
    code: 'not_found',
    message: "Consumer 7 has committed no offset in partition 0 of topic 't' in stream 's'",
  });
});

test('a change whose outcome nobody knows says that it may be asked for again', async () => {
  const { client, service } = await setUp();
  client.failures.set('storeConsumerOffset', new IggyError('outcome-unknown', 'x'));
  const error = await rejectionOf(service.store(PATH, TARGET, 0n, signal));
  expect(error.code).toBe('outcome_unknown');
  expect(error.message).toContain('harmless');
});

test('reading that cannot find out what is missing is no 404', async () => {
  const { client, service } = await setUp();
  client.failures.set('getStream', new IggyError('timeout', 'x'));
  expect((await rejectionOf(service.get(PATH, TARGET, signal))).code).toBe('timeout');
});
