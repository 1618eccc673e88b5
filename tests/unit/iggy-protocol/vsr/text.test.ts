import { describe, expect, test } from 'vitest';

import { ByteWriter, WireError } from '../../../../src/iggy-protocol/bytes.ts';
import { writeIdentifier } from '../../../../src/iggy-protocol/vsr/identifier.ts';
import { writePartitioning } from '../../../../src/iggy-protocol/vsr/partitioning.ts';
import {
  writeLongText,
  writeName,
  writeShortText,
} from '../../../../src/iggy-protocol/vsr/text.ts';

const LONE_SURROGATE = 'a\uD800';

describe('a name', () => {
  test('has 1 to 255 bytes, not characters', () => {
    expect(() => writeName(new ByteWriter(), 'n'.repeat(255))).not.toThrow();
    expect(() => writeName(new ByteWriter(), 'ż'.repeat(127))).not.toThrow();
    for (const name of ['', 'n'.repeat(256), 'ż'.repeat(128)]) {
      expect(() => writeName(new ByteWriter(), name)).toThrow(WireError);
      expect(() => writeIdentifier(new ByteWriter(), { kind: 'string', value: name })).toThrow(
        WireError,
      );
    }
  });

  test('is not sent as another one because it has no UTF-8', () => {
    expect(() => writeName(new ByteWriter(), LONE_SURROGATE)).toThrow(WireError);
    expect(() => writeShortText(new ByteWriter(), LONE_SURROGATE)).toThrow(WireError);
    expect(() => writeLongText(new ByteWriter(), LONE_SURROGATE)).toThrow(WireError);
    expect(() =>
      writeIdentifier(new ByteWriter(), { kind: 'string', value: LONE_SURROGATE }),
    ).toThrow(WireError);
  });
});

test('a short text may be empty and has at most 255 bytes', () => {
  expect(() => writeShortText(new ByteWriter(), '')).not.toThrow();
  expect(() => writeShortText(new ByteWriter(), 'p'.repeat(256))).toThrow(WireError);
});

test('a messages key has 1 to 255 bytes', () => {
  expect(() => writeKey(255)).not.toThrow();
  expect(() => writeKey(0)).toThrow(WireError);
  expect(() => writeKey(256)).toThrow(WireError);
});

function writeKey(length: number): void {
  writePartitioning(new ByteWriter(), { kind: 'messages_key', value: Buffer.alloc(length) });
}
