import { describe, expect, test } from 'vitest';

import {
  commands,
  type PollingStrategy,
  type Partitioning,
  readRecords,
  STATUS,
  xxh3,
} from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../../support/broker-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  type InProcessOptions,
} from '../../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };
const CONSUMER = { kind: 'consumer', id: numbered(1) } as const;

const refused = (code: number) => ({ ok: false, code });

function connected(partitionsCount = 1, options: InProcessOptions = {}) {
  const broker = new InProcessBroker(options);
  const client = broker.client();
  client.done(commands.createStream, { name: 's', options: [] });
  client.done(commands.createTopic, {
    stream: named('s'),
    name: 't',
    partitionsCount,
    options: [],
  });
  return { broker, client };
}

function send(
  client: InProcessClient,
  payloads: string[],
  partitioning: Partitioning = { kind: 'partition_id', value: 0 },
) {
  return client.call(commands.sendMessages, {
    ...TARGET,
    partitioning,
    messagesCount: payloads.length,
    batch: batchOf(...payloads),
  });
}

const partitionOf = (result: ReturnType<typeof send>) =>
  result.ok ? result.value.confirmations[0]?.partitionId : result.code;

function poll(
  client: InProcessClient,
  strategy: PollingStrategy,
  { count = 10, autoCommit = false } = {},
): string[] {
  const { records, messagesCount } = client.done(commands.pollMessages, {
    ...TARGET,
    consumer: CONSUMER,
    partition: 0,
    strategy,
    count,
    autoCommit,
  });
  const messages = readRecords(records);
  expect(messages).toHaveLength(messagesCount);
  return messages.map(({ offset, payload }) => `${offset} ${payload.toString()}`);
}

describe('send', () => {
  test('tells where the batch went', () => {
    const { client } = connected(2);
    const target = { streamId: 0, topicId: 0, partitionId: 1 };
    const to: Partitioning = { kind: 'partition_id', value: 1 };
    expect(send(client, ['a', 'b'], to)).toEqual({
      ok: true,
      value: { confirmations: [{ ...target, baseOffset: 0n }] },
    });
    expect(send(client, ['c'], to)).toEqual({
      ok: true,
      value: { confirmations: [{ ...target, baseOffset: 2n }] },
    });
  });

  test('balanced goes round, a key always goes to the same partition', () => {
    const { client } = connected(3);
    const balanced = [1, 2, 3, 4].map(() => partitionOf(send(client, ['x'], { kind: 'balanced' })));
    expect(balanced).toEqual([0, 1, 2, 0]);
    const key = (value: string) =>
      partitionOf(send(client, ['x'], { kind: 'messages_key', value: Buffer.from(value) }));
    expect([key('user-42'), key('user-42'), key('order-1')]).toEqual([2, 2, 2]);
  });

  test('one code for every target that is missing', () => {
    const { client } = connected(0);
    expect(send(client, ['x'])).toEqual(refused(STATUS.ResourceNotFound));
    expect(send(client, ['x'], { kind: 'balanced' })).toEqual(refused(STATUS.ResourceNotFound));
    const key: Partitioning = { kind: 'messages_key', value: Buffer.from('k') };
    expect(send(client, ['x'], key)).toEqual(refused(STATUS.ResourceNotFound));
    client.done(commands.deleteStream, { stream: named('s') });
    expect(send(client, ['x'])).toEqual(refused(STATUS.ResourceNotFound));
  });

  test('a damaged batch is told apart, stores nothing and takes no turn', () => {
    const { client } = connected(2);
    const sendBatch = (batch: Buffer, messagesCount = 2) =>
      client.call(commands.sendMessages, {
        ...TARGET,
        partitioning: { kind: 'balanced' },
        messagesCount,
        batch,
      });
    const damaged = (at: number): Buffer => {
      const batch = batchOf('a', 'b');
      batch.writeUInt8(batch.readUInt8(at) ^ 1, at);
      return batch;
    };
    expect(sendBatch(damaged(256 + 48))).toEqual(refused(STATUS.InvalidMessageChecksum));
    expect(sendBatch(damaged(40))).toEqual(refused(STATUS.InvalidBatchChecksum));
    expect(sendBatch(damaged(60))).toEqual(refused(STATUS.InvalidCommand));
    expect(sendBatch(batchOf('a', 'b'), 3)).toEqual(refused(STATUS.InvalidCommand));
    expect(sendBatch(Buffer.alloc(0), 0)).toEqual(refused(STATUS.InvalidCommand));
    expect(sendBatch(misnumbered())).toEqual(refused(STATUS.InvalidCommand));
    expect(partitionOf(sendBatch(batchOf('a', 'b')))).toBe(0);
    expect(poll(client, { kind: 'first', value: 0n })).toEqual(['0 a', '1 b']);
  });
});

/** Every checksum right, and the second message says it is the first. */
function misnumbered(): Buffer {
  const batch = batchOf('a', 'b');
  const [, second = batch] = framesOf(batch);
  second.writeUInt32LE(0, 24);
  second.writeBigUInt64LE(xxh3(second.subarray(8)), 0);
  batch.writeBigUInt64LE(checksumOf(batch), 40);
  return batch;
}

test('a topic’s durability is that of every batch and every offset stored in it', () => {
  const { broker, client } = connected(0);
  const asked: string[] = [];
  const { appendBatch, putConsumerOffset, deleteConsumerOffset } = broker.storage;
  broker.storage.appendBatch = (batch, durability) => {
    asked.push(`batch ${durability}`);
    appendBatch.call(broker.storage, batch, durability);
  };
  broker.storage.putConsumerOffset = (offset, durability) => {
    asked.push(`put ${durability}`);
    putConsumerOffset.call(broker.storage, offset, durability);
  };
  broker.storage.deleteConsumerOffset = (key, durability) => {
    asked.push(`delete ${durability}`);
    deleteConsumerOffset.call(broker.storage, key, durability);
  };
  const persisted = Buffer.from('persisted');
  for (const key of ['durability', 'consumer_offset_durability']) {
    client.done(commands.createTopic, {
      stream: named('s'),
      name: key,
      partitionsCount: 1,
      options: [{ key, kind: 2, value: persisted }],
    });
    const target = { stream: named('s'), topic: named(key) };
    const offset = { ...target, consumer: CONSUMER, partition: 0, ack: 1 } as const;
    client.done(commands.sendMessages, {
      ...target,
      partitioning: { kind: 'balanced' },
      messagesCount: 1,
      batch: batchOf('x'),
    });
    client.done(commands.storeConsumerOffset, { ...offset, offset: 0n });
    client.done(commands.deleteConsumerOffset, offset);
    client.done(commands.pollMessages, {
      ...offset,
      strategy: { kind: 'next', value: 0n },
      count: 1,
      autoCommit: true,
    });
  }
  expect(asked).toEqual([
    'batch persisted',
    'put replicated',
    'delete replicated',
    'put replicated',
    'batch replicated',
    'put persisted',
    'delete persisted',
    'put persisted',
  ]);
});

describe('poll', () => {
  test('every strategy starts where it says', () => {
    const { broker, client } = connected();
    const start = broker.nowMicros;
    for (const payloads of [['a', 'b'], ['c'], ['d', 'e']]) {
      send(client, payloads);
      broker.nowMicros += 10n;
    }
    const all = ['0 a', '1 b', '2 c', '3 d', '4 e'];
    expect(poll(client, { kind: 'first', value: 0n })).toEqual(all);
    expect(poll(client, { kind: 'first', value: 0n }, { count: 2 })).toEqual(all.slice(0, 2));
    expect(poll(client, { kind: 'last', value: 0n }, { count: 2 })).toEqual(all.slice(3));
    expect(poll(client, { kind: 'last', value: 0n }, { count: 9 })).toEqual(all);
    expect(poll(client, { kind: 'offset', value: 1n }, { count: 3 })).toEqual(all.slice(1, 4));
    expect(poll(client, { kind: 'offset', value: 5n })).toEqual([]);
    expect(poll(client, { kind: 'offset', value: 0xffff_ffff_ffff_ffffn })).toEqual([]);
    expect(poll(client, { kind: 'timestamp', value: 0n })).toEqual(all);
    expect(poll(client, { kind: 'timestamp', value: start + 1n })).toEqual(all.slice(2));
    expect(poll(client, { kind: 'timestamp', value: start + 20n })).toEqual(all.slice(3));
    expect(poll(client, { kind: 'timestamp', value: start + 21n })).toEqual([]);
    expect(poll(client, { kind: 'timestamp', value: 0xffff_ffff_ffff_ffffn })).toEqual([]);
    expect(poll(client, { kind: 'first', value: 0n }, { count: 0 })).toEqual([]);
    expect(poll(client, { kind: 'first', value: 0n }, { count: 0xffff_ffff })).toEqual(all);
  });

  test('next goes on after what was committed, which auto-commit moves forward only', () => {
    const { client } = connected();
    send(client, ['a', 'b', 'c']);
    const next = (autoCommit: boolean) =>
      poll(client, { kind: 'next', value: 0n }, { count: 2, autoCommit });
    expect(next(false)).toEqual(['0 a', '1 b']);
    expect(next(true)).toEqual(['0 a', '1 b']);
    expect(next(true)).toEqual(['2 c']);
    expect(next(true)).toEqual([]);
    poll(client, { kind: 'first', value: 0n }, { count: 1, autoCommit: true });
    expect(next(true)).toEqual([]);
    send(client, ['d']);
    expect(next(true)).toEqual(['3 d']);
  });

  test('an empty partition has nothing, whatever the strategy', () => {
    const { client } = connected();
    for (const kind of ['offset', 'timestamp', 'first', 'last', 'next'] as const) {
      expect(poll(client, { kind, value: 0n }, { autoCommit: true })).toEqual([]);
    }
  });

  test('a reply never outgrows a frame, and has one message at least', () => {
    const batchBytes = batchOf('a'.repeat(500)).length;
    for (const [spareBytes, served] of [
      [0, ['0 a', '1 b']],
      [-1, ['0 a']],
    ] as const) {
      const frameBytesMax = 256 + 16 + 2 * batchBytes + spareBytes;
      const { client } = connected(1, { limits: { frameBytesMax } });
      for (const letter of ['a', 'b', 'c']) send(client, [letter.repeat(500)]);
      const polled = poll(client, { kind: 'first', value: 0n });
      expect(polled.map((message) => message.slice(0, 3))).toEqual(served);
    }
  });

  test('a stored batch larger than a frame may be now is served one message at a time', () => {
    const large = connected();
    send(large.client, ['a'.repeat(3000), 'b'.repeat(3000)]);
    const { storage } = large.broker;
    const client = new InProcessBroker({ storage, limits: { frameBytesMax: 1000 } }).client();
    const polled = poll(client, { kind: 'first', value: 0n });
    expect(polled).toEqual([`0 ${'a'.repeat(3000)}`]);
    expect(poll(client, { kind: 'offset', value: 1n })).toEqual([`1 ${'b'.repeat(3000)}`]);
  });

  test('slices keep checksums that hold, whatever is asked for', () => {
    const { client } = connected();
    for (const payloads of [['a', 'b', 'c'], ['d'], ['e', 'f', 'g', 'h']]) send(client, payloads);
    for (let from = 0n; from < 8n; from += 1n) {
      for (let count = 1; count <= 8; count += 1) {
        const { records } = client.done(commands.pollMessages, {
          ...TARGET,
          consumer: CONSUMER,
          partition: 0,
          strategy: { kind: 'offset', value: from },
          count,
          autoCommit: false,
        });
        expect(offsetsIn(records), `${count} from ${from}`).toEqual(
          Array.from(
            { length: Math.min(count, 8 - Number(from)) },
            (_, index) => Number(from) + index,
          ),
        );
      }
    }
  });

  test('what is missing is told apart, and no group owns anything here', () => {
    const { client } = connected();
    const request = {
      ...TARGET,
      consumer: CONSUMER,
      partition: null,
      strategy: { kind: 'next', value: 0n },
      count: 1,
      autoCommit: false,
    } as const;
    const call = (change: object) => client.call(commands.pollMessages, { ...request, ...change });
    expect(call({ stream: named('none') })).toEqual(refused(STATUS.StreamIdNotFound));
    expect(call({ topic: named('none') })).toEqual(refused(STATUS.TopicIdNotFound));
    expect(call({ partition: 1 })).toEqual(refused(STATUS.PartitionNotFound));
    const group = { kind: 'consumer_group', id: named('g') };
    expect(call({ consumer: group })).toEqual(refused(STATUS.InvalidIdentifier));
    expect(call({ consumer: group, partition: 0 })).toMatchObject({
      ok: true,
      value: { partition: 0xffff_ffff, messagesCount: 0 },
    });
  });
});

/** Each record is checked as its consumer could check it (iggy-vsr-0.11 §5.1, §5.2). */
function offsetsIn(records: Buffer): number[] {
  for (let at = 0; at < records.length;) {
    const record = records.subarray(at, at + Number(records.readBigUInt64LE(at + 32)));
    expect(record.readBigUInt64LE(40)).toBe(checksumOf(record));
    expect(framesOf(record)).toHaveLength(record.readUInt32LE(48));
    for (const frame of framesOf(record)) {
      expect(frame.readBigUInt64LE(0)).toBe(xxh3(frame.subarray(8)));
    }
    at += record.length;
  }
  return readRecords(records).map(({ offset }) => Number(offset));
}

function framesOf(record: Buffer): Buffer[] {
  const frames = [];
  for (let at = 256; at < record.length;) {
    const end = at + 48 + record.readUInt32LE(at + 32) + record.readUInt32LE(at + 36);
    frames.push(record.subarray(at, end));
    at = end;
  }
  return frames;
}

function checksumOf(record: Buffer): bigint {
  const header = [record.subarray(0, 40), record.subarray(48, 52)];
  return xxh3(Buffer.concat([...header, ...framesOf(record).map((frame) => frame.subarray(0, 8))]));
}
