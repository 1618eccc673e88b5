import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import {
  message,
  messagesOf,
  openClient,
  sendRequest,
  sentTo,
  topicDetails,
} from './open-client.ts';
import { lookUps, payloadsOf, sends, serveTopic } from './serve-topic.ts';

const patience = { signal: new AbortController().signal };
const byKey = { kind: 'key', key: 'user-42' } as const;
const balanced = { kind: 'balanced' } as const;

test('a key goes to its partition, without a key they take turns; the broker is asked once', async () => {
  const { client, broker } = await openClient();
  serveTopic(broker, { partitionsCount: 3 });
  for (const partitioning of [byKey, balanced, byKey, balanced, balanced, balanced]) {
    await client.send(sendRequest({ partitioning }), patience);
  }
  expect(sends(broker).map(sentTo)).toEqual([2, 0, 2, 1, 2, 0]);
  expect(lookUps(broker)).toBe(1);
  await client.stop();
});

test('sends that came together leave in the order they came', async () => {
  const { client, broker } = await openClient({ poolSize: 3 });
  serveTopic(broker, { partitionsCount: 3 });
  const payloads = ['a', 'b', 'c', 'd', 'e'];
  await Promise.all(
    payloads.map((payload) =>
      client.send(sendRequest({ partitioning: byKey, messages: [message(payload)] }), patience),
    ),
  );
  expect(sends(broker).flatMap(payloadsOf)).toEqual(payloads);
  await client.stop();
});

test('without a key they share requests, and are spread evenly all the same', async () => {
  const { client, broker, clock } = await openClient({ poolSize: 3 });
  serveTopic(broker, { partitionsCount: 5 });
  const serve = broker.onRequest;
  let held: ScriptedRequest[] = [];
  broker.onRequest = (request) =>
    request.is(commands.getTopic) ? serve(request) : held.push(request);
  const results: Promise<unknown>[] = [];
  for (let wave = 0; wave < 50; wave += 1) {
    for (let caller = 0; caller < 20; caller += 1) {
      results.push(client.send(sendRequest({ partitioning: balanced }), patience));
    }
    await clock.settle();
    const answered = held;
    held = [];
    for (const request of answered) serve(request);
    await clock.settle();
  }
  broker.onRequest = serve;
  for (const request of held) serve(request);
  await Promise.all(results);
  const counts = Array.from({ length: 5 }, () => 0);
  for (const request of sends(broker)) {
    counts[sentTo(request)] = (counts[sentTo(request)] ?? 0) + messagesOf(request).length;
  }
  expect(sends(broker).length).toBeLessThan(1000 / 5);
  expect(counts.reduce((sum, count) => sum + count)).toBe(1000);
  for (const count of counts) expect(Math.abs(count - 200)).toBeLessThan(50);
  await client.stop();
});

test('a refused send that was sent by an outdated count is sent where it belongs', async () => {
  const { client, broker } = await openClient();
  const topic = { partitionsCount: 3 };
  serveTopic(broker, topic);
  await client.send(sendRequest({ partitioning: byKey }), patience);
  topic.partitionsCount = 2;
  const result = await client.send(sendRequest({ partitioning: byKey }), patience);
  expect(result).toEqual({ partitionId: 0, baseOffset: 1n });
  expect(sends(broker).map(sentTo)).toEqual([2, 2, 0]);
  expect(lookUps(broker)).toBe(2);
  await client.stop();
});

test('sends of one key that were refused together are sent in their order', async () => {
  const { client, broker, clock } = await openClient({ poolSize: 3 });
  const topic = { partitionsCount: 3 };
  serveTopic(broker, topic);
  await client.send(sendRequest({ partitioning: byKey }), patience);
  topic.partitionsCount = 2;
  const serve = broker.onRequest;
  const held: ScriptedRequest[] = [];
  broker.onRequest = (request) =>
    request.is(commands.getTopic) ? held.push(request) : serve(request);
  const both = ['a', 'b'].map((payload) =>
    client.send(sendRequest({ partitioning: byKey, messages: [message(payload)] }), patience),
  );
  await clock.settle();
  for (const request of held.toReversed()) {
    serve(request);
    await clock.settle();
  }
  expect((await Promise.all(both)).map(({ baseOffset }) => baseOffset)).toEqual([1n, 2n]);
  await client.stop();
});

test('one that is refused for another reason is refused, after one more look', async () => {
  const { client, broker } = await openClient();
  const topic: { partitionsCount: number | undefined } = { partitionsCount: 3 };
  serveTopic(broker, topic);
  await client.send(sendRequest({ partitioning: byKey }), patience);
  topic.partitionsCount = undefined;
  await expect(client.send(sendRequest({ partitioning: byKey }), patience)).rejects.toMatchObject({
    kind: 'refused',
    code: STATUS.ResourceNotFound,
  });
  expect([sends(broker).length, lookUps(broker)]).toEqual([2, 2]);
  await client.stop();
});

test('one that names its partition is refused without a look', async () => {
  const { client, broker } = await openClient();
  serveTopic(broker, { partitionsCount: undefined });
  await expect(client.send(sendRequest(), patience)).rejects.toMatchObject({ code: 20 });
  expect(lookUps(broker)).toBe(0);
  await client.stop();
});

test.each([undefined, 0])(
  'with %s partitions there is nowhere to send',
  async (partitionsCount) => {
    const { client, broker } = await openClient();
    serveTopic(broker, { partitionsCount });
    await expect(
      client.send(sendRequest({ partitioning: balanced }), patience),
    ).rejects.toMatchObject({ kind: 'refused', code: STATUS.ResourceNotFound });
    expect(sends(broker)).toEqual([]);
    await client.stop();
  },
);

test('a topic that we make or delete ourselves is looked at anew', async () => {
  const { client, broker } = await openClient();
  const topic = { partitionsCount: 3 };
  const serve = (): void => serveTopic(broker, topic);
  const send = () => client.send(sendRequest({ partitioning: byKey }), patience);
  serve();
  await send();
  const changes = [
    () => client.deleteTopic('s', 't', patience),
    () => client.deleteStream('s', patience),
    () => client.createTopic('s', { name: 't', partitionsCount: 3, options: {} }, patience),
  ];
  for (const [index, change] of changes.entries()) {
    broker.onRequest = (request) =>
      request.is(commands.createTopic)
        ? request.accept(commands.createTopic, topicDetails('t', 3))
        : request.acceptPayload(Buffer.alloc(0));
    await change();
    serve();
    await send();
    expect(lookUps(broker)).toBe(index + 2);
  }
  await client.stop();
});
