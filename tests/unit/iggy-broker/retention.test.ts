import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { PartitionLog } from '../../../src/iggy-broker/log/partition-log.ts';
import { openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import { named } from '../../support/broker-client.ts';
import { MIB, RetentionBroker, TARGET, u64 } from '../../support/retention-broker.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

const EXPIRY = u64('message_expiry', 1000n);
const SMALL_SEGMENTS = u64('segment_size', BigInt(MIB));
/** A third of a topic of one MiB, and some. */
const LARGE = 'x'.repeat(400_000);

const sizeLimit = (mib: number) => u64('max_topic_size', BigInt(mib * MIB));

describe('a topic whose messages expire', () => {
  test('loses what is too old, and nothing that is younger', () => {
    const topic = new RetentionBroker().createTopic(1, EXPIRY);
    for (const payload of ['a', 'b', 'c']) {
      topic.send(0, payload, payload);
      topic.broker.nowMicros += 400n;
    }
    topic.broker.nowMicros += 199n - 400n;
    topic.sweep();
    expect(topic.offsets()).toEqual([0n, 1n, 2n, 3n, 4n, 5n]);
    topic.broker.nowMicros += 1n;
    topic.sweep();
    expect(topic.offsets()).toEqual([2n, 3n, 4n, 5n]);
    expect(topic.topic().partitions).toMatchObject([{ messagesCount: 4n, currentOffset: 5n }]);
  });

  test('tells a microsecond apart', () => {
    const topic = new RetentionBroker().createTopic(1, EXPIRY);
    topic.send(0, 'a');
    topic.broker.nowMicros += 1n;
    topic.send(0, 'b');
    topic.broker.nowMicros += 999n;
    topic.sweep();
    expect(topic.offsets()).toEqual([1n]);
  });

  test('goes on where it was when nothing is left, also after a restart', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    const topic = new RetentionBroker({ storage }).createTopic(1, EXPIRY);
    topic.send(0, 'a', 'b', 'c');
    topic.store(7, 2n);
    topic.broker.nowMicros += 1000n;
    topic.sweep();
    expect(topic.offsets()).toEqual([]);
    expect(topic.topic()).toMatchObject({ topic: { sizeBytes: 0n, messagesCount: 0n } });
    storage.close();

    const again = new RetentionBroker({ storage: openStorage(directory) });
    expect(again.stored(7)).toBe(2n);
    again.send(0, 'd');
    expect(again.offsets()).toEqual([3n]);
    expect(again.topic().partitions).toMatchObject([{ messagesCount: 1n, currentOffset: 3n }]);
    again.broker.storage.close();
  });

  test('forgets at once, and removes the rows slice by slice, across a crash', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    const topic = new RetentionBroker({ storage }).createTopic(1, EXPIRY);
    for (let count = 0; count < 600; count += 1) topic.send(0, 'old');
    topic.broker.nowMicros += 1000n;
    topic.send(0, 'young');
    expect(topic.broker.core.sweep()).toBe(true);
    const rows = () => storage.readSenders(1, 1000).length;
    expect(rows()).toBeGreaterThan(1);
    expect(rows()).toBeLessThan(601);
    expect(topic.offsets()).toEqual([600n]);
    const { sizeBytes } = topic.topic().topic;
    storage.close();

    const again = new RetentionBroker({ storage: openStorage(directory) });
    expect(again.offsets()).toEqual([600n]);
    expect(again.topic().topic).toMatchObject({ sizeBytes, messagesCount: 1n });
    while (again.broker.storage.sweep());
    expect(again.broker.storage.readSenders(1, 1000)).toHaveLength(1);
    expect(again.topic().topic).toMatchObject({ sizeBytes, messagesCount: 1n });
    again.broker.storage.close();
  });

  test('keeps what some consumer has not got past, batch by batch', () => {
    const topic = new RetentionBroker().createTopic(1, EXPIRY);
    topic.send(0, 'a', 'b');
    topic.send(0, 'c', 'd');
    topic.store(1, 3n);
    topic.store(2, 2n);
    topic.broker.nowMicros += 5000n;
    topic.sweep();
    expect(topic.offsets()).toEqual([2n, 3n]);
    topic.store(2, 3n);
    topic.sweep();
    expect(topic.offsets()).toEqual([]);
    // Both may come back to where the log begins now.
    topic.store(2, 0n);
    topic.send(0, 'e');
    topic.sweep();
    expect(topic.offsets()).toEqual([4n]);
  });

  test('keeps what some group has not got past, as long as there is the group', () => {
    const topic = new RetentionBroker().createTopic(1, EXPIRY);
    const group = { ...TARGET, group: named('g') };
    topic.client.done(commands.createConsumerGroup, { ...TARGET, name: 'g' });
    topic.client.done(commands.joinConsumerGroup, group);
    for (const payload of ['a', 'b']) topic.send(0, payload);
    topic.client.done(commands.storeConsumerOffset, {
      ...TARGET,
      consumer: { kind: 'consumer_group', id: named('g') },
      partition: 0,
      offset: 0n,
      ack: 1,
    });
    topic.store(1, 1n);
    topic.broker.nowMicros += 1000n;
    topic.sweep();
    expect(topic.offsets()).toEqual([1n]);
    topic.client.done(commands.deleteConsumerGroup, group);
    topic.sweep();
    expect(topic.offsets()).toEqual([]);
  });

  test('takes a new expiry from its update', () => {
    const topic = new RetentionBroker().createTopic(1);
    topic.send(0, 'a');
    topic.broker.nowMicros += 1_000_000n;
    topic.sweep();
    expect(topic.offsets()).toEqual([0n]);
    topic.client.done(commands.updateTopic, { ...TARGET, name: 't', options: [EXPIRY] });
    topic.sweep();
    expect(topic.offsets()).toEqual([]);
  });
});

describe('a topic with a maximum size', () => {
  test('loses its oldest messages, whichever partition they are in', () => {
    const topic = new RetentionBroker().createTopic(2, SMALL_SEGMENTS, sizeLimit(2));
    for (const partition of [0, 1, 1, 0, 1, 0]) {
      topic.send(partition, LARGE);
      topic.broker.nowMicros += 1n;
    }
    topic.sweep();
    expect(topic.offsets(0)).toEqual([1n, 2n]);
    expect(topic.offsets(1)).toEqual([0n, 1n, 2n]);
    topic.send(0, LARGE);
    topic.sweep();
    expect(topic.offsets(0)).toEqual([1n, 2n, 3n]);
    expect(topic.offsets(1)).toEqual([1n, 2n]);
    expect(topic.topic().topic.sizeBytes).toBeLessThanOrEqual(2 * MIB);
  });

  test('never loses the newest batch of a partition, nor what a consumer has not got past', () => {
    const topic = new RetentionBroker().createTopic(2, SMALL_SEGMENTS, sizeLimit(1));
    topic.send(0, LARGE, LARGE, LARGE);
    topic.sweep();
    expect(topic.offsets(0)).toEqual([0n, 1n, 2n]);
    topic.send(1, LARGE);
    topic.store(1, 0n, 1);
    topic.send(1, LARGE);
    topic.send(1, LARGE);
    topic.sweep();
    expect(topic.offsets(0)).toEqual([0n, 1n, 2n]);
    expect(topic.offsets(1)).toEqual([1n, 2n]);
  });
});

test('a size that no segment would fit into is refused before anything is done', () => {
  const topic = new RetentionBroker().createTopic(1, SMALL_SEGMENTS);
  const update = { ...TARGET, name: 't', options: [u64('max_topic_size', BigInt(MIB - 1))] };
  const answer = topic.client.answer(topic.client.identity.frame(commands.updateTopic, update));
  expect(answer?.readUInt32LE(216)).toBe(STATUS.InvalidTopicSize);
  expect(topic.topic().topic.maxTopicSize).toBe(0xffff_ffff_ffff_ffffn);
});

test('a topic that is deleted or purged while its old messages go takes nothing else with it', () => {
  const topic = new RetentionBroker().createTopic(40, EXPIRY);
  for (let partition = 0; partition < 40; partition += 1) topic.send(partition, 'old');
  topic.sweep();
  topic.broker.nowMicros += 1000n;
  expect(topic.broker.core.sweep()).toBe(true);
  topic.client.done(commands.deleteTopic, TARGET);
  // Its rows are gone before the pass that began with it goes on.
  while (topic.broker.storage.sweep());
  topic.client.done(commands.createTopic, {
    stream: named('s'),
    name: 't',
    partitionsCount: 40,
    options: [],
  });
  for (let partition = 0; partition < 40; partition += 1) topic.send(partition, 'new');
  topic.sweep();
  for (let partition = 0; partition < 40; partition += 1) {
    expect(topic.offsets(partition)).toEqual([0n]);
  }
});

/** What the log should be: the first offset of each batch, its last one, and when it came. */
interface Model {
  batches: { first: bigint; last: bigint; at: bigint }[];
  nextOffset: bigint;
  stored: bigint | undefined;
}

function sweepModel(model: Model, nowMicros: bigint): void {
  for (let oldest = model.batches[0]; oldest !== undefined; oldest = model.batches[0]) {
    const released = model.stored === undefined || oldest.last <= model.stored;
    if (oldest.at + 1000n > nowMicros || !released) return;
    model.batches.shift();
  }
}

function step<Kind extends string>(weight: number, kind: Kind, min: number, max: number) {
  const arbitrary = fc.record({ kind: fc.constant(kind), value: fc.integer({ min, max }) });
  return { weight, arbitrary };
}

test('no history takes away what is young or not consumed, or gives an offset twice', () => {
  const steps = fc.oneof(
    step(4, 'send', 1, 4),
    step(2, 'wait', 1, 700),
    step(1, 'store', 0, 12),
    step(2, 'sweep', 0, 0),
    step(1, 'restart', 0, 0),
  );
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (history) => {
      const storage = openStorage(':memory:');
      let topic = new RetentionBroker({ storage }, 1n).createTopic(1, EXPIRY);
      const model: Model = { batches: [], nextOffset: 0n, stored: undefined };
      for (const { kind, value } of history) {
        const now = topic.broker.nowMicros;
        switch (kind) {
          case 'send': {
            topic.send(0, ...Array.from({ length: value }, () => 'm'));
            const last = model.nextOffset + BigInt(value) - 1n;
            model.batches.push({ first: model.nextOffset, last, at: now });
            model.nextOffset = last + 1n;
            break;
          }
          case 'wait':
            topic.broker.nowMicros += BigInt(value);
            break;
          case 'store':
            if (BigInt(value) >= model.nextOffset) break;
            model.stored = BigInt(value);
            topic.store(1, model.stored);
            break;
          case 'sweep':
            topic.sweep();
            sweepModel(model, now);
            break;
          case 'restart':
            topic = new RetentionBroker({ storage }, topic.client.identity.clientId + 1n);
            topic.broker.nowMicros = now;
            break;
        }
        const first = model.batches[0]?.first ?? model.nextOffset;
        const count = Number(model.nextOffset - first);
        expect(topic.offsets()).toEqual(
          Array.from({ length: count }, (_, at) => first + BigInt(at)),
        );
        expect(topic.topic().topic.messagesCount).toBe(BigInt(count));
      }
      storage.close();
    }),
    { numRuns: 100 },
  );
});

test('making a topic smaller takes work in proportion to its partitions', () => {
  const partitions = 200;
  const topic = new RetentionBroker().createTopic(partitions, SMALL_SEGMENTS, sizeLimit(1));
  // More than may be kept, though each partition holds nothing but its newest batch.
  for (let id = 0; id < partitions; id += 1) topic.send(id, 'x'.repeat(6000));
  const looked = vi.spyOn(PartitionLog.prototype, 'oldestMicros', 'get');
  onTestFinished(() => looked.mockRestore());
  topic.sweep();
  expect(looked.mock.calls.length).toBeLessThan(5 * partitions);
});
