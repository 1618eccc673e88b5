import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import {
  decodeUserHeaders,
  encodeUserHeaders,
} from '../../../../src/iggy-protocol/vsr/user-headers.ts';
import { fromHex, loadVectors, type Vector } from '../../../support/vectors.ts';

interface EntryField {
  keyHex: string;
  keyKind: number;
  kind: number;
  valueHex: string;
}

/** A single header with a string key, or the entries of a map. */
type HeaderField = { key: string; kind: number; valueHex: string } | { entries: EntryField[] };

function entriesOf(fields: HeaderField): EntryField[] {
  if ('entries' in fields) return fields.entries;
  return [{ ...fields, keyKind: 2, keyHex: Buffer.from(fields.key).toString('hex') }];
}

const vectors = loadVectors<Vector & { fields: HeaderField }>('vsr-0.11', 'user-headers');

describe('user headers of the released Rust crate', () => {
  test.each(vectors)('$name is read and written alike', ({ hex, fields }) => {
    const headers = decodeUserHeaders(fromHex(hex));
    expect(headers).toEqual(
      entriesOf(fields).map(({ keyHex, keyKind, kind, valueHex }) => ({
        key: { kind: keyKind, value: fromHex(keyHex) },
        value: { kind, value: fromHex(valueHex) },
      })),
    );
    expect(encodeUserHeaders(headers).toString('hex')).toBe(hex);
  });

  test('all ran', () => {
    expect(vectors).toHaveLength(22);
  });
});

const anyTypedBytes = fc.record({
  kind: fc.integer({ min: 1, max: 255 }),
  value: fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => Buffer.from(bytes)),
});

describe('user headers', () => {
  test('come back as they were, in order, twice the same key included', () => {
    const anyHeaders = fc.array(fc.record({ key: anyTypedBytes, value: anyTypedBytes }));
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const block = encodeUserHeaders([...headers, ...headers]);
        expect(decodeUserHeaders(block)).toEqual([...headers, ...headers]);
      }),
    );
  });

  test.each([
    ['a key of kind 0', { kind: 0, value: Buffer.of(1) }],
    ['a key of kind 256', { kind: 256, value: Buffer.of(1) }],
    ['an empty key', { kind: 2, value: Buffer.alloc(0) }],
    ['a key of 256 bytes', { kind: 2, value: Buffer.alloc(256) }],
  ])('with %s are not written', (_, key) => {
    const value = { kind: 1, value: Buffer.of(1) };
    expect(() => encodeUserHeaders([{ key, value }])).toThrow(WireError);
    expect(() => encodeUserHeaders([{ key: value, value: key }])).toThrow(WireError);
  });
});
