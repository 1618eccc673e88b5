import { expect, test } from 'vitest';

import { resourceName } from '../../../src/models/name.ts';
import { streamService } from '../../../src/services/streams.ts';
import { topicService } from '../../../src/services/topics.ts';
import { askBrokerWithin } from '../../../src/services/translate-error.ts';
import { FakeIggy, refused } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const { signal } = new AbortController();
const S = resourceName.parse('s');
const T = resourceName.parse('t');
const NEW_TOPIC = { name: T, partitions: 2, options: {} };

async function setUp() {
  const client = new FakeIggy();
  const askBroker = askBrokerWithin({ phase: () => 'running', status: () => client.status() });
  const streams = streamService({ client, askBroker });
  await client.createStream('other', { signal });
  return { client, streams, topics: topicService({ client, askBroker, streams }) };
}

test('a topic knows the id of its stream', async () => {
  const { streams, topics } = await setUp();
  await streams.create(S, signal);
  expect(await topics.create(S, NEW_TOPIC, signal)).toMatchObject({ name: 't', streamId: 1 });
  expect(await topics.get({ stream: S, topic: T }, signal)).toMatchObject({ streamId: 1 });
  expect(await topics.list(S, signal)).toMatchObject([{ name: 't', streamId: 1 }]);
});

test('what is missing is named: first the stream, then the topic', async () => {
  const { streams, topics } = await setUp();
  const missing = async (): Promise<string[]> => {
    const path = { stream: S, topic: T };
    const failed = [topics.get(path, signal), topics.remove(path, signal)];
    return Promise.all(failed.map(async (work) => (await rejectionOf(work)).message));
  };
  const noStream = "Stream 's' does not exist";
  expect(await missing()).toEqual([noStream, noStream]);
  expect((await rejectionOf(topics.list(S, signal))).message).toBe(noStream);
  expect((await rejectionOf(topics.create(S, NEW_TOPIC, signal))).message).toBe(noStream);

  await streams.create(S, signal);
  const noTopic = "Topic 't' does not exist in stream 's'";
  expect(await missing()).toEqual([noTopic, noTopic]);
});

test('a stream that vanishes between two looks is missing as well', async () => {
  const { client, streams, topics } = await setUp();
  await streams.create(S, signal);
  client.listTopics = async () => undefined;
  expect((await rejectionOf(topics.list(S, signal))).code).toBe('not_found');
});

test('the second of the same name is told apart from the first', async () => {
  const { streams, topics } = await setUp();
  await streams.create(S, signal);
  await topics.create(S, NEW_TOPIC, signal);
  expect((await rejectionOf(streams.create(S, signal))).code).toBe('already_exists');
  expect((await rejectionOf(topics.create(S, NEW_TOPIC, signal))).code).toBe('already_exists');
});

test('an option the broker does not know is named', async () => {
  const { client, streams, topics } = await setUp();
  await streams.create(S, signal);
  client.failures.set('createTopic', refused(4041));
  const wanted = { ...NEW_TOPIC, options: { colour: 'red' } };
  expect((await rejectionOf(topics.create(S, wanted, signal))).issues).toEqual([
    { path: '/options/colour', message: 'is not known to the broker' },
  ]);
});
