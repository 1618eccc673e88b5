import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import {
  commands,
  decodeBody,
  encodeBatch,
  Operation,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import type { ScriptedBroker, ScriptedRequest } from '../../support/scripted-broker.ts';
import { confirm, message, openClient, sendRequest, sentTo, topicDetails } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const byKey = { kind: 'key', key: 'user-42' } as const;
const balanced = { kind: 'balanced' } as const;

/** A broker with one topic; `partitionsCount` may change, and undefined means that there is none. */
function serveTopic(broker: ScriptedBroker, topic: { partitionsCount: number | undefined }): void {
  let offset = 0n;
  broker.onRequest = (request) => {
    if (request.is(commands.getTopic)) {
      const { partitionsCount } = topic;
      request.accept(
        commands.getTopic,
        partitionsCount === undefined ? null : topicDetails('t', partitionsCount),
      );
    } else if (sentTo(request) >= (topic.partitionsCount ?? 0)) {
      request.deny(STATUS.ResourceNotFound);
    } else {
      confirm(request, offset);
      offset += 1n;
    }
  };
}

function sends({ requests }: ScriptedBroker): ScriptedRequest[] {
  return requests.filter(({ header }) => header.operation === Operation.SendMessages);
}

function lookUps({ requests }: ScriptedBroker): number {
  return requests.filter((request) => request.is(commands.getTopic)).length;
}

test('a send is one batch, as it was given, to the partition that was named', async () => {
  const { client, broker } = await openClient();
  serveTopic(broker, { partitionsCount: 3 });
  const messages = [
    { ...message('one', 1n), userHeaders: Buffer.from('02010000006b020100000076', 'hex') },
    message('two', 2n),
  ];
  const partitioning = { kind: 'partition', partitionId: 2 } as const;
  const result = await client.send(sendRequest({ partitioning, messages }), patience);
  expect(result).toEqual({ partitionId: 2, baseOffset: 0n });
  expect(decodeBody(commands.sendMessages.request, broker.last.body)).toEqual({
    stream: { kind: 'string', value: 's' },
    topic: { kind: 'string', value: 't' },
    partitioning: { kind: 'partition_id', value: 2 },
    messagesCount: 2,
    batch: encodeBatch(
      messages.map(({ id, originTimestampMicros, payload, userHeaders }) => ({
        id,
        originTimestamp: originTimestampMicros,
        payload,
        userHeaders: userHeaders ?? Buffer.alloc(0),
      })),
    ),
  });
  expect(lookUps(broker)).toBe(0);
  await client.stop();
});

test.each([
  ['no confirmation', Buffer.alloc(4)],
  ['no body', Buffer.alloc(0)],
])('a batch that the broker knows already, and answers with %s, has no offset', async (_, body) => {
  const { client, broker } = await openClient();
  broker.onRequest = (request) => request.acceptPayload(body);
  expect(await client.send(sendRequest(), patience)).toEqual({
    partitionId: 0,
    baseOffset: undefined,
  });
  await client.stop();
});

describe('partitions', () => {
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
    expect(sends(broker).map(({ body }) => body.toString('latin1').at(-1))).toEqual(payloads);
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
    await expect(client.send(sendRequest({ partitioning: byKey }), patience)).rejects.toMatchObject(
      {
        kind: 'refused',
        code: STATUS.ResourceNotFound,
      },
    );
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
});

function kindOfFailure(result: PromiseSettledResult<unknown>): string {
  const reason: unknown = result.status === 'rejected' ? result.reason : undefined;
  return reason instanceof IggyError ? reason.kind : 'none';
}

describe('lanes', () => {
  test('one send of a partition is in flight, others of other partitions beside it', async () => {
    const { client, broker, clock } = await openClient({ poolSize: 4 });
    const to = (partitionId: number) =>
      client.send(sendRequest({ partitioning: { kind: 'partition', partitionId } }), patience);
    const all = [to(0), to(0), to(1)];
    await clock.settle();
    expect(sends(broker).map(sentTo)).toEqual([0, 1]);
    for (const request of sends(broker)) confirm(request, 0n);
    await clock.settle();
    expect(sends(broker).map(sentTo)).toEqual([0, 1, 0]);
    confirm(broker.last, 1n);
    await Promise.all(all);
    await client.stop();
  });

  test('a send whose caller has gone keeps the next one back until it is answered', async () => {
    const { client, broker, clock } = await openClient({ poolSize: 4 });
    const caller = new AbortController();
    const first = client.send(sendRequest(), caller);
    const second = client.send(sendRequest(), patience);
    await clock.settle();
    caller.abort();
    await expect(first).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await clock.settle();
    expect(sends(broker)).toHaveLength(1);
    confirm(broker.last, 0n);
    await clock.settle();
    expect(sends(broker)).toHaveLength(2);
    confirm(broker.last, 1n);
    expect(await second).toMatchObject({ baseOffset: 1n });
    await client.stop();
  });

  test('are bounded', async () => {
    const lanes = { perLaneMax: 2, entriesMax: 100, bytesMax: 1_000 };
    const limits = {
      frameBytesMax: 1 << 20,
      waiting: { entriesMax: 10, bytesMax: 10_000 },
      lanes,
      topicsMax: 10,
      partitionsMax: 10,
    };
    const { client, clock } = await openClient({ limits, stopDeadlineMs: 0 });
    const results = Promise.allSettled(
      Array.from({ length: 4 }, () => client.send(sendRequest(), patience)),
    );
    const stopped = client.stop();
    await clock.advance(0);
    expect((await results).map(kindOfFailure)).toEqual([
      'outcome-unknown',
      'closed',
      'closed',
      'overloaded',
    ]);
    await stopped;
  });
});

describe('what cannot be sent is refused and not written', () => {
  test.each([
    ['no message', { messages: [] }, STATUS.InvalidMessagesCount],
    ['an empty key', { partitioning: { kind: 'key', key: '' } }, STATUS.InvalidKeyValueLength],
    [
      'a long key',
      { partitioning: { kind: 'key', key: 'ä'.repeat(128) } },
      STATUS.InvalidKeyValueLength,
    ],
    [
      'times too far apart',
      { messages: [message('a'), { ...message('b'), originTimestampMicros: 1n << 33n }] },
      STATUS.InvalidCommand,
    ],
    [
      'a batch larger than a frame',
      { messages: [message('x'.repeat(5_000))] },
      STATUS.TooBigMessagePayload,
    ],
  ] as const)('%s', async (_, overrides, code) => {
    const limits = {
      frameBytesMax: 4_096,
      waiting: { entriesMax: 10, bytesMax: 10_000 },
      lanes: { perLaneMax: 2, entriesMax: 100, bytesMax: 10_000 },
      topicsMax: 10,
      partitionsMax: 10,
    };
    const { client, broker } = await openClient({ limits });
    serveTopic(broker, { partitionsCount: 1 });
    await expect(client.send(sendRequest(overrides), patience)).rejects.toMatchObject({
      kind: 'refused',
      code,
    });
    expect(sends(broker)).toEqual([]);
    expect(await client.send(sendRequest(), patience)).toMatchObject({ baseOffset: 0n });
    await client.stop();
  });
});
