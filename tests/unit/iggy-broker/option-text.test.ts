import { expect, test } from 'vitest';

import {
  parseByteSize,
  parseDuration,
  parseInteger,
} from '../../../src/iggy-broker/option-text.ts';

test.each([
  ['0', 0n],
  ['7 days', 604_800_000_000n],
  ['1h 30m', 5_400_000_000n],
  ['1day2sec', 86_402_000_000n],
  ['1500ns', 1n],
  ['2us', 2n],
  ['3 ms', 3000n],
  ['1M', 2_630_016_000_000n],
  ['1y', 31_557_600_000_000n],
])('the duration %s is %d microseconds', (text, micros) => {
  expect(parseDuration(text)).toBe(micros);
});

test.each(['', 'abc', '7', '7 dayz', 'days', '1.5h', '-1s', '1h 5', '1H'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test.each([
  ['0', 0n],
  ['1048576', 1_048_576n],
  ['512b', 512n],
  ['2 GB', 2_000_000_000n],
  ['1gib', 1_073_741_824n],
  ['1.5 KiB', 1536n],
  ['10M', 10_000_000n],
])('the size %s is %d bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each(['', 'abc', '1 XB', '-1', '1ib', '1e3', '1..5', '1 GB 2 MB'])('%j is no size', (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});

test('an integer is digits and nothing else', () => {
  expect(parseInteger('1024')).toBe(1024n);
  for (const text of ['', '-1', '1.0', ' 1', '0x10']) expect(parseInteger(text)).toBeUndefined();
});
