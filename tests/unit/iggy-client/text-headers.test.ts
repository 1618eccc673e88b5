import fc from 'fast-check';
import { expect, test } from 'vitest';

import { encodeTextHeaders, findTextHeader } from '../../../src/iggy-client/text-headers.ts';

test('a header is found among others', () => {
  const encoded = encodeTextHeaders({ a: '1', ключ: 'значение', b: '2' });
  expect(findTextHeader(encoded, 'ключ')).toBe('значение');
  expect(findTextHeader(encoded, 'c')).toBeUndefined();
});

test('is written as the spec has it: kind, length and bytes of key and value', () => {
  expect(encodeTextHeaders({ k: 'v' }).toString('hex')).toBe('02010000006b020100000076');
});

test('a key or a value that is no text is not taken for one', () => {
  const rawValue = Buffer.from('02010000006b010100000076', 'hex');
  const rawKey = Buffer.from('01010000006b020100000076', 'hex');
  expect(findTextHeader(rawValue, 'k')).toBeUndefined();
  expect(findTextHeader(rawKey, 'k')).toBeUndefined();
});

test('bytes that are no headers are as good as none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(findTextHeader(Buffer.from(bytes), 'no such key')).toBeUndefined();
    }),
  );
});
