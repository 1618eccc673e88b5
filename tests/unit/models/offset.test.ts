import { describe, expect, test } from 'vitest';

import {
  offsetPath,
  offsetQuery,
  storeOffsetBody,
  toOffsetView,
} from '../../../src/models/offset.ts';

describe('an offset in a body', () => {
  test.each([
    [0, 0n],
    [Number.MAX_SAFE_INTEGER, 9_007_199_254_740_991n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['7', 7n],
  ])('may be %j', (offset, expected) => {
    expect(storeOffsetBody.parse({ offset })).toEqual({ offset: expected });
  });

  test.each([
    -1,
    1.5,
    // As a number it could stand for several offsets.
    2 ** 53,
    null,
    '',
    '-1',
    '1e3',
    ' 7',
    '18446744073709551616',
    '000000000000000000007',
  ])('may not be %j', (offset) => {
    const { error } = storeOffsetBody.safeParse({ offset });
    expect(error?.issues.map(({ path }) => path)).toEqual([['offset']]);
    expect(error?.issues[0]?.message).toContain('above 9007199254740991 in a string');
  });

  test('is the only member', () => {
    expect(storeOffsetBody.safeParse({ offset: 1, ofset: 1 }).success).toBe(false);
    expect(storeOffsetBody.safeParse({}).success).toBe(false);
  });
});

test('what is shown can be stored again without loss', () => {
  for (const storedOffset of [0n, 9_007_199_254_740_991n, 9_007_199_254_740_992n, 2n ** 64n - 1n]) {
    const committed = { storedOffset, currentOffset: 2n ** 64n - 1n };
    const view = toOffsetView({ consumerId: 1, partitionId: 2 }, committed);
    const { offset } = JSON.parse(JSON.stringify(view)) as { offset: unknown };
    expect(storeOffsetBody.parse({ offset })).toEqual({ offset: storedOffset });
  }
});

test('a consumer is a number of the original range, partition 0 unless it is named', () => {
  const names = { stream: 's', topic: 't' };
  expect(offsetPath.parse({ ...names, consumer_id: '1000000000' }).consumer_id).toBe(1e9);
  expect(offsetPath.safeParse({ ...names, consumer_id: '0' }).success).toBe(false);
  expect(offsetQuery.parse({})).toEqual({ partition_id: 0 });
});
