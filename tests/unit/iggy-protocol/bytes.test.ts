import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ByteReader, ByteWriter, WireError } from '../../../src/iggy-protocol/bytes.ts';

describe('a writer', () => {
  test('puts the low byte of every field first', () => {
    const out = new ByteWriter()
      .u8(0x01)
      .u16(0x0302)
      .u32(0x0706_0504)
      .u64(0x0f0e_0d0c_0b0a_0908n)
      .u128(0x1f1e_1d1c_1b1a_1918_1716_1514_1312_1110n);
    expect([...out.finish()]).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
  });

  test('grows from any capacity without losing a byte', () => {
    const anyParts = fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.nat({ max: 64 }), anyParts, (capacityBytes, parts) => {
        const out = new ByteWriter(capacityBytes);
        for (const part of parts) out.bytes(part);
        expect(out.finish().equals(Buffer.concat(parts))).toBe(true);
      }),
    );
  });

  test('writes and patches numbers wherever it has grown to', () => {
    for (let capacityBytes = 0; capacityBytes <= 24; capacityBytes += 1) {
      const out = new ByteWriter(capacityBytes).u32(0).u16(0x0605).u64(0x0e0d_0c0b_0a09_0807n);
      out.u32(0x1211_100f).u8(0x13);
      out.patchU32(0, 0x0403_0201);
      expect([...out.finish()]).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
    }
  });

  test('uses exactly the memory it is told to, if that is enough', () => {
    const written = new ByteWriter(8).u64(1n).finish();
    expect(written.length).toBe(8);
    expect(new ByteWriter(0).zeros(3).finish()).toEqual(Buffer.alloc(3));
  });

  test('refuses what does not fit its field', () => {
    const out = new ByteWriter();
    for (const value of [-1, 256, 1.5, Number.NaN]) {
      expect(() => out.u8(value)).toThrow(WireError);
    }
    expect(() => out.u16(0x1_0000)).toThrow(WireError);
    expect(() => out.u32(0x1_0000_0000)).toThrow(WireError);
    expect(() => out.u64(-1n)).toThrow(WireError);
    expect(() => out.u64(2n ** 64n)).toThrow(WireError);
    expect(() => out.u128(-1n)).toThrow(WireError);
    expect(() => out.u128(2n ** 128n)).toThrow(WireError);
  });

  test('patches only what it has written', () => {
    const out = new ByteWriter().u32(0).u8(9);
    out.patchU32(0, 0xffff_ffff);
    out.patchU32(1, 0);
    expect(out.finish().toString('hex')).toBe('ff00000000');
    expect(() => out.patchU32(2, 0)).toThrow(WireError);
  });
});

const short = () => new ByteReader(Buffer.alloc(0));

describe('a reader', () => {
  test('reads back what a writer wrote', () => {
    const out = new ByteWriter()
      .u8(1)
      .u16(2)
      .u32(3)
      .u64(4n)
      .u128(2n ** 127n)
      .f32(1.5)
      .bool(true);
    const input = new ByteReader(out.finish());
    expect([input.u8(), input.u16(), input.u32(), input.u64(), input.u128()]).toEqual([
      1,
      2,
      3,
      4n,
      2n ** 127n,
    ]);
    expect([input.f32(), input.bool(), input.remaining]).toEqual([1.5, true, 0]);
  });

  test('takes any byte but zero for true', () => {
    expect(new ByteReader(Buffer.of(7)).bool()).toBe(true);
    expect(new ByteReader(Buffer.of(0)).bool()).toBe(false);
  });

  test('refuses to read past the end, whatever it is asked for', () => {
    expect(() => short().u8()).toThrow(WireError);
    expect(() => short().u16()).toThrow(WireError);
    expect(() => short().u32()).toThrow(WireError);
    expect(() => short().u64()).toThrow(WireError);
    expect(() => short().u128()).toThrow(WireError);
    expect(() => short().f32()).toThrow(WireError);
    expect(() => short().bytes(1)).toThrow(WireError);
    expect(() => short().utf8(1)).toThrow(WireError);
    expect(() => new ByteReader(Buffer.alloc(15)).u128()).toThrow(WireError);
  });

  test('keeps a byte order mark, and refuses what is not UTF-8', () => {
    const marked = Buffer.from('\uFEFFname');
    expect(new ByteReader(marked).utf8(marked.length)).toBe('\uFEFFname');
    expect(() => new ByteReader(Buffer.of(0xff)).utf8(1)).toThrow(WireError);
  });

  test('gives views, not copies', () => {
    const buffer = Buffer.from('view');
    expect(new ByteReader(buffer).bytes(2).buffer).toBe(buffer.buffer);
    expect(new ByteReader(buffer).rest()).toEqual(buffer);
  });

  test('ends only at the end', () => {
    expect(() => new ByteReader(Buffer.alloc(0)).end()).not.toThrow();
    expect(() => new ByteReader(Buffer.alloc(1)).end()).toThrow(WireError);
  });
});
