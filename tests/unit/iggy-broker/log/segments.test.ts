import { describe, expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { MIB, RetentionBroker, TARGET, u64 } from '../../../support/retention-broker.ts';

/** Three of them begin in one segment of a MiB, and the third sticks out. */
const LARGE = 'x'.repeat(400_000);

function segmented(batches: number): RetentionBroker {
  const topic = new RetentionBroker().createTopic(2, u64('segment_size', BigInt(MIB)));
  for (let sent = 0; sent < batches; sent += 1) topic.send(0, LARGE);
  return topic;
}

function deleteSegments(topic: RetentionBroker, segments: number, partition = 0): void {
  topic.client.done(commands.deleteSegments, { ...TARGET, partition, segments });
}

const countOf = (topic: RetentionBroker) => topic.topic().partitions[0]?.segmentsCount;
const totalOf = ({ client }: RetentionBroker) => client.done(commands.getStats, {}).segmentsCount;

describe('segments', () => {
  test('are counted by bytes, one of them open, and the totals agree', () => {
    const topic = segmented(0);
    for (const expected of [1, 1, 2, 2, 2, 3]) {
      topic.send(0, LARGE);
      expect(countOf(topic)).toBe(expected);
      expect(totalOf(topic)).toBe(expected + 1);
    }
  });

  test('are deleted from the oldest on, the open one never', () => {
    const topic = segmented(7);
    expect(countOf(topic)).toBe(3);
    deleteSegments(topic, 0);
    expect(topic.offsets()).toHaveLength(7);
    deleteSegments(topic, 1);
    expect(topic.offsets()).toEqual([3n, 4n, 5n, 6n]);
    expect(countOf(topic)).toBe(2);
    deleteSegments(topic, 0xffff_ffff);
    expect(topic.offsets()).toEqual([6n]);
    deleteSegments(topic, 1);
    expect(topic.offsets()).toEqual([6n]);
    expect(countOf(topic)).toBe(1);
    topic.send(0, 'next');
    expect(topic.offsets()).toEqual([6n, 7n]);
  });

  test('are kept from the first message on that some consumer has not got past', () => {
    const topic = segmented(7);
    topic.store(1, 6n);
    topic.store(2, 1n);
    deleteSegments(topic, 1);
    expect(topic.offsets()).toEqual([2n, 3n, 4n, 5n, 6n]);
  });

  test.each([
    ['stream', { ...TARGET, stream: { kind: 'string', value: 'x' } }, 0, STATUS.StreamIdNotFound],
    ['topic', { ...TARGET, topic: { kind: 'string', value: 'x' } }, 0, STATUS.TopicIdNotFound],
    ['partition', TARGET, 2, STATUS.PartitionNotFound],
  ] as const)('of a missing %s are refused', (_, target, partition, code) => {
    const topic = segmented(0);
    const request = { ...target, partition, segments: 1 };
    expect(topic.client.call(commands.deleteSegments, request)).toEqual({ ok: false, code });
  });

  test('are deleted under the reply operation of the official server', () => {
    const topic = segmented(0);
    const request = { ...TARGET, partition: 0, segments: 1 };
    const answer = topic.client.answer(
      topic.client.identity.frame(commands.deleteSegments, request),
    );
    expect(answer?.readUInt8(208)).toBe(68);
  });
});
