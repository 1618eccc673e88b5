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

test('partitions come in turn from 0, for each topic by itself', () => {
  const turns = new RoundRobin(10);
  const taken = ['a', 'a', 'b', 'a', 'a', 'b'].map((topic) => turns.next(topic, 3));
  expect(taken).toEqual([0, 1, 0, 2, 0, 1]);
});

test('a topic that shrank is not sent to a partition it lost', () => {
  const turns = new RoundRobin(10);
  for (let i = 0; i < 5; i += 1) turns.next('a', 5);
  expect(turns.next('a', 2)).toBeLessThan(2);
  expect(turns.next('a', 1)).toBe(0);
});

test('turns are remembered for so many topics', () => {
  const turns = new RoundRobin(1);
  turns.next('a', 3);
  turns.next('b', 3);
  expect(turns.next('a', 3)).toBe(0);
});
