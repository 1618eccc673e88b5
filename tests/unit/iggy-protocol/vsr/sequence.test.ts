import { describe, expect, test, vi } from 'vitest';

import { ByteReader, WireError } from '../../../../src/iggy-protocol/bytes.ts';
import { expectCount, readCounted, readToEnd } from '../../../../src/iggy-protocol/vsr/sequence.ts';

describe('a counted list', () => {
  test('that cannot be in the bytes is refused before one item is read', () => {
    const read = vi.fn<(input: ByteReader) => number>((input) => input.u32());
    for (const count of [3, 0xffff_ffff]) {
      expect(() => readCounted(new ByteReader(Buffer.alloc(11)), count, 4, read)).toThrow(
        WireError,
      );
    }
    expect(read).not.toHaveBeenCalled();
  });

  test('that fills the bytes is read', () => {
    const input = new ByteReader(Buffer.from('0100000002000000', 'hex'));
    expect(readCounted(input, 2, 4, (each) => each.u32())).toEqual([1, 2]);
  });

  test('has the count its header declares', () => {
    expect(() => expectCount(1, [1])).not.toThrow();
    expect(() => expectCount(0, [1])).toThrow(WireError);
  });
});

test('a list to the end may be empty, and may not end in half an item', () => {
  expect(readNumbers(0)).toEqual([]);
  expect(readNumbers(8)).toEqual([0, 0]);
  expect(() => readNumbers(7)).toThrow(WireError);
});

function readNumbers(bytes: number): number[] {
  return readToEnd(new ByteReader(Buffer.alloc(bytes)), (input) => input.u32());
}
