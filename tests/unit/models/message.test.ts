import { describe, expect, test } from 'vitest';

import { pollQuery, sendManyBody, toSentViews } from '../../../src/models/message.ts';

describe('a poll query', () => {
  test('has the defaults of the original', () => {
    expect(pollQuery.parse({})).toEqual({
      partition_id: 0,
      consumer_id: 1,
      count: 10,
      auto_commit: false,
    });
  });

  test('takes every value in its range, and ignores what it does not know', () => {
    const query = {
      partition_id: '4294967295',
      consumer_id: '1000000000',
      offset: '18446744073709551615',
      count: '4294967295',
      auto_commit: 'true',
      colour: 'red',
    };
    expect(pollQuery.parse(query)).toEqual({
      partition_id: 4_294_967_295,
      consumer_id: 1_000_000_000,
      offset: 2n ** 64n - 1n,
      count: 4_294_967_295,
      auto_commit: true,
    });
  });

  test.each([
    ['partition_id', '-1'],
    ['partition_id', '4294967296'],
    ['consumer_id', '0'],
    ['consumer_id', '1000000001'],
    ['offset', ''],
    ['offset', '18446744073709551616'],
    ['count', '0'],
    ['count', '1.5'],
    ['count', ['1', '2']],
    ['auto_commit', 'yes'],
    ['auto_commit', ''],
  ])('is refused with %s = %j, by that name', (name, value) => {
    const { error } = pollQuery.safeParse({ [name]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
  });
});

test('a batch has one event or more, up to the limit', () => {
  const accepts = (count: number): boolean =>
    sendManyBody(3).safeParse({ events: Array(count).fill(0) }).success;
  expect([0, 1, 3, 4].map(accepts)).toEqual([false, true, true, false]);
});

test('each event of a batch gets its own answer, without an offset where none is known', () => {
  const sent = { eventId: 'e', messageId: 2n ** 100n, partitionId: 2, offset: 7n };
  const [known, unknown] = toSentViews({
    stream: 's',
    topic: 't',
    acknowledgedAtMicros: 0n,
    events: [sent, { ...sent, offset: undefined }],
  });
  expect(known).toEqual({
    success: true,
    event_id: 'e',
    stream: 's',
    topic: 't',
    timestamp: '1970-01-01T00:00:00.000000Z',
    partition_id: 2,
    offset: 7,
    message_id: '1267650600228229401496703205376',
  });
  expect(unknown).not.toHaveProperty('offset');
});
