import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { commands, decodeBody, encodeBatch, STATUS } from '../../../src/iggy-protocol/index.ts';
import { confirm, message, openClient, sendRequest, sentTo } from './open-client.ts';
import { lookUps, sends, serveTopic } from './serve-topic.ts';

const patience = { signal: new AbortController().signal };

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
