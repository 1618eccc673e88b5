import { expect, test } from 'vitest';

import { parseDurationMs } from '../../../src/iggy-client/duration.ts';

test.each([
  ['500ms', 500],
  ['5s', 5_000],
  ['1m', 60_000],
  ['1M', 60_000],
  ['1h 30min', 5_400_000],
  ['2days1s', 172_801_000],
  ['1 week', 604_800_000],
  ['250us', 0.25],
  ['0s', 0],
  ['0', 0],
  ['disabled', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '5', 's', '5x', '-5s', '1.5s', '5s!', '5s 5', ' 5s', 'constructor', '5constructor'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  },
);

test('a number too large to count with is no duration', () => {
  expect(parseDurationMs(`${'9'.repeat(400)}s`)).toBeUndefined();
});
