import fc from 'fast-check';
import { expect, test } from 'vitest';

import { toTimestamp } from '../../../src/models/timestamp.ts';
import { isTimestamp } from '../../../src/validation.ts';

test('microseconds are kept, with all six digits', () => {
  expect(toTimestamp(1_795_227_769_123_456n)).toBe('2026-11-21T02:22:49.123456Z');
  expect(toTimestamp(0n)).toBe('1970-01-01T00:00:00.000000Z');
  expect(toTimestamp(1_000_000n + 7n)).toBe('1970-01-01T00:00:01.000007Z');
});

test('any number a broker may send gives a timestamp of RFC 3339', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (micros) => {
      expect(isTimestamp(toTimestamp(micros))).toBe(true);
    }),
  );
});
