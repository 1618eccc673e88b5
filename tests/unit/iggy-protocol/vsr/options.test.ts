import { describe, expect, test, vi } from 'vitest';

import { ByteReader, ByteWriter, WireError } from '../../../../src/iggy-protocol/bytes.ts';
import {
  type Option,
  OPTIONS_BYTES_MAX,
  OPTIONS_MAX,
  readOptions,
  readSizedOptions,
  writeOptions,
} from '../../../../src/iggy-protocol/vsr/options.ts';
import { encodeUserHeaders } from '../../../../src/iggy-protocol/vsr/user-headers.ts';

function option(key: string, valueBytes = 1): Option {
  return { key, kind: 2, value: Buffer.alloc(valueBytes, 1) };
}

function numbered(count: number, valueBytes = 1): Option[] {
  return Array.from({ length: count }, (_, index) =>
    option(`key-${String(index).padStart(5, '0')}`, valueBytes),
  );
}

function written(options: readonly Option[]): Buffer {
  const out = new ByteWriter();
  writeOptions(out, options);
  return out.finish();
}

/** The same layout without the rules of options. */
function unchecked(options: readonly Option[]): Buffer {
  return encodeUserHeaders(
    options.map(({ key, kind, value }) => ({
      key: { kind: 2, value: Buffer.from(key) },
      value: { kind, value },
    })),
  );
}

function readAll(block: Buffer): Option[] {
  return readOptions(new ByteReader(block));
}

describe('options', () => {
  test('are at most 1024', () => {
    const most = numbered(OPTIONS_MAX);
    expect(readAll(written(most))).toEqual(most);
    const tooMany = numbered(OPTIONS_MAX + 1);
    expect(() => written(tooMany)).toThrow(WireError);
    expect(() => readAll(unchecked(tooMany))).toThrow(WireError);
  });

  test('have at most 100,000 bytes together', () => {
    // 5 + 9 bytes of key and 5 + 231 of value make 250 for each of 400.
    const most = numbered(400, 231);
    expect(written(most)).toHaveLength(OPTIONS_BYTES_MAX);
    expect(readAll(written(most))).toHaveLength(400);
    expect(() => writeOptions(new ByteWriter().u32(0), most)).not.toThrow();
    const tooLong = [...most, option('k')];
    expect(() => written(tooLong)).toThrow(WireError);
    expect(() => readAll(unchecked(tooLong))).toThrow(WireError);
  });

  test('that are too long are refused before one is read', () => {
    const read = vi.spyOn(ByteReader.prototype, 'u8');
    try {
      expect(() => readAll(Buffer.alloc(OPTIONS_BYTES_MAX + 1, 1))).toThrow(WireError);
      expect(read).not.toHaveBeenCalled();
    } finally {
      read.mockRestore();
    }
  });

  test('name no key twice', () => {
    expect(() => written([option('k'), option('k')])).toThrow(WireError);
  });

  test('with a length in front do not reach beyond it', () => {
    const block = written([option('k')]);
    const out = new ByteWriter().u32(block.length).bytes(block).u8(7);
    const input = new ByteReader(out.finish());
    expect(readSizedOptions(input)).toEqual([option('k')]);
    expect(input.remaining).toBe(1);
    const cut = new ByteWriter().u32(block.length + 1).bytes(block);
    expect(() => readSizedOptions(new ByteReader(cut.finish()))).toThrow(WireError);
  });
});
