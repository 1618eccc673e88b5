import { expect, test } from 'vitest';

import { keyPartition, RoundRobin } from '../../../src/iggy-client/partitioner.ts';
import { loadVectors } from '../../support/vectors.ts';

interface Vector {
  keyText: string | null;
  partition: Record<string, number>;
}

const vectors = loadVectors<Vector>('vsr-0.11', 'partitioning');

test('a key goes where the official SDKs send it', () => {
  const texts = vectors.flatMap(({ keyText, partition }) =>
    keyText === null ? [] : [{ keyText, partition }],
  );
  expect(texts.length).toBeGreaterThan(5);
  for (const { keyText, partition } of texts) {
    for (const [count, expected] of Object.entries(partition)) {
      expect([keyText, count, keyPartition(keyText, Number(count))]).toEqual([
        keyText,
        count,
        expected,
      ]);
    }
  }
});

const idle = (): number => 0;

/** A send that leaves at once. */
function next(turns: RoundRobin, topic: string, count: number): number {
  const partitionId = turns.choose(topic, count, idle);
  turns.departed(topic, partitionId);
  return partitionId;
}

test('partitions come in turn from 0, for each topic by itself', () => {
  const turns = new RoundRobin(10);
  const taken = ['a', 'a', 'b', 'a', 'a', 'b'].map((topic) => next(turns, topic, 3));
  expect(taken).toEqual([0, 1, 0, 2, 0, 1]);
});

test('the turn does not pass on before something has left', () => {
  const turns = new RoundRobin(10);
  const choose = (): number => turns.choose('a', 3, idle);
  expect([choose(), choose()]).toEqual([0, 0]);
  turns.departed('a', 2);
  expect(choose()).toBe(0);
  turns.departed('a', 0);
  expect(choose()).toBe(1);
});

test('a busy partition is passed over, and not always for the same one', () => {
  const turns = new RoundRobin(10);
  const ahead = (partitionId: number): number => (partitionId === 0 ? 1 : 0);
  const taken = Array.from({ length: 4 }, () => {
    const partitionId = turns.choose('a', 3, ahead);
    turns.departed('a', partitionId);
    return partitionId;
  });
  expect(taken).toEqual([1, 2, 1, 2]);
});

test('when all are busy, what comes gathers where the turn is', () => {
  const turns = new RoundRobin(10);
  next(turns, 'a', 3);
  expect([1, 2].map(() => turns.choose('a', 3, () => 1))).toEqual([1, 1]);
});

test('a topic that shrank is not sent to a partition it lost', () => {
  const turns = new RoundRobin(10);
  for (let i = 0; i < 5; i += 1) next(turns, 'a', 5);
  next(turns, 'a', 5);
  expect(next(turns, 'a', 2)).toBeLessThan(2);
  expect(next(turns, 'a', 1)).toBe(0);
});

test('turns are remembered for so many topics', () => {
  const turns = new RoundRobin(1);
  next(turns, 'a', 3);
  next(turns, 'b', 3);
  expect(next(turns, 'a', 3)).toBe(0);
});
