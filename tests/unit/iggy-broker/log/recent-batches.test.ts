import { describe, expect, test } from 'vitest';

import { RecentBatches } from '../../../../src/iggy-broker/log/recent-batches.ts';
import type { StoredBytes } from '../../../../src/iggy-broker/storage.ts';

const [PARTITION, OTHER] = [1, 2];

/** Of ten messages. */
function batchAt(baseOffset: bigint, bytes = 10): StoredBytes {
  return { baseOffset, messageCount: 10, bytes: Buffer.alloc(bytes) };
}

function recent(...batches: StoredBytes[]): RecentBatches {
  const kept = new RecentBatches(100);
  for (const batch of batches) kept.keep(PARTITION, batch);
  return kept;
}

test('a batch is found by each offset in it, and by no other', () => {
  const batch = batchAt(20n);
  const kept = recent(batchAt(0n), batch);
  expect([19n, 20n, 29n, 30n].map((offset) => kept.find(PARTITION, offset) === batch)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(kept.find(OTHER, 20n)).toBeUndefined();
});

describe('what is kept has an end', () => {
  test('in bytes: the batch not used for the longest time goes first', () => {
    const kept = recent(batchAt(0n, 40), batchAt(10n, 40));
    kept.find(PARTITION, 0n);
    kept.keep(OTHER, batchAt(0n, 20));
    expect(kept.find(PARTITION, 10n)).toBeDefined();
    expect(kept.find(PARTITION, 0n)).toBeDefined();
    kept.keep(OTHER, batchAt(10n, 60));
    expect(kept.find(PARTITION, 0n)).toBeDefined();
    expect(kept.find(PARTITION, 10n)).toBeUndefined();
    expect(kept.find(OTHER, 0n)).toBeUndefined();
    expect(kept.find(OTHER, 10n)).toBeDefined();
  });

  test('one that alone has more bytes is not kept, and drives nothing out', () => {
    const kept = recent(batchAt(0n));
    kept.keep(OTHER, batchAt(0n, 101));
    expect(kept.find(OTHER, 0n)).toBeUndefined();
    expect(kept.find(PARTITION, 0n)).toBeDefined();
    kept.keep(OTHER, batchAt(0n, 100));
    expect(kept.find(OTHER, 0n)).toBeDefined();
  });

  test('in number, however small they are', () => {
    const batches = Array.from({ length: 65 }, (_, index) => batchAt(BigInt(index) * 10n, 1));
    const kept = recent(...batches);
    expect(batches.filter(({ baseOffset }) => kept.find(PARTITION, baseOffset))).toHaveLength(64);
    expect(kept.find(PARTITION, 0n)).toBeUndefined();
  });

  test('a batch that is kept again takes no more room, and counts as used', () => {
    const kept = recent(batchAt(0n, 40), batchAt(10n, 40), batchAt(0n, 40), batchAt(0n, 40));
    expect(kept.find(PARTITION, 10n)).toBeDefined();
    kept.keep(PARTITION, batchAt(0n, 40));
    kept.keep(OTHER, batchAt(0n, 40));
    expect(kept.find(PARTITION, 0n)).toBeDefined();
    expect(kept.find(PARTITION, 10n)).toBeUndefined();
  });
});

test('what begins before an offset is forgotten, in its partition, and its room is free again', () => {
  const kept = recent(batchAt(0n, 30), batchAt(10n, 30));
  kept.keep(OTHER, batchAt(0n, 30));
  kept.forgetBefore(PARTITION, 10n);
  kept.keep(OTHER, batchAt(10n, 30));
  expect(kept.find(PARTITION, 0n)).toBeUndefined();
  expect(kept.find(PARTITION, 10n)).toBeDefined();
  expect(kept.find(OTHER, 0n)).toBeDefined();
  expect(kept.find(OTHER, 10n)).toBeDefined();
});
