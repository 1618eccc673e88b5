import { describe, expect, test } from 'vitest';

import { isXxh3, writeXxh3, xxh3, xxh32 } from '../../../src/iggy-protocol/hash.ts';
import { fromHex, loadVectors, patternBytes } from '../../support/vectors.ts';

interface HashVector {
  pattern: { length: number; seed: number };
  xxh3_64: string;
  xxh32: number;
}

interface PartitioningVector {
  keyHex: string;
  xxh32: number;
  partition: Record<string, number>;
}

const hashes = loadVectors<HashVector>('vsr-0.11', 'hash');
const keys = loadVectors<PartitioningVector>('vsr-0.11', 'partitioning');

describe('hashes as the released Rust crate does', () => {
  test.each(hashes)('$pattern.length bytes', (vector) => {
    const bytes = patternBytes(vector.pattern);
    expect(xxh3(bytes)).toBe(BigInt(vector.xxh3_64));
    expect(xxh32(bytes)).toBe(vector.xxh32);
  });

  test.each(keys)('the key $keyHex, to the same partitions', (vector) => {
    const hash = xxh32(fromHex(vector.keyHex));
    expect(hash).toBe(vector.xxh32);
    const partitions = Object.keys(vector.partition).map((count) => [count, hash % Number(count)]);
    expect(Object.fromEntries(partitions)).toEqual(vector.partition);
  });

  test('in every vector there is', () => {
    expect([hashes.length, keys.length]).toEqual([22, 10]);
  });
});

test.each(hashes)('written in place, $pattern.length bytes have the same', (vector) => {
  const bytes = patternBytes(vector.pattern);
  const target = Buffer.alloc(10, 0xee);
  writeXxh3(bytes, target, 1);
  expect(target.readBigUInt64LE(1)).toBe(BigInt(vector.xxh3_64));
  expect([target[0], target[9]]).toEqual([0xee, 0xee]);
  expect(isXxh3(bytes, target, 1)).toBe(true);
  for (let at = 1; at <= 8; at += 1) {
    const damaged = Buffer.from(target);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    expect(isXxh3(bytes, damaged, 1)).toBe(false);
  }
});

test('an empty body has the checksum the Rust SDK stamps on Logout', () => {
  expect(xxh3(Buffer.alloc(0)).toString(16)).toBe('2d06800538d394c2');
});

test('a hash does not depend on what was hashed before', () => {
  const first = xxh3(Buffer.from('one'));
  xxh3(Buffer.alloc(100_000, 7));
  expect(xxh3(Buffer.from('one'))).toBe(first);
});
