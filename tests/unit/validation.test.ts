import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  isDecimal,
  isEventId,
  isEventType,
  isPartitionKey,
  isResourceName,
  isTimestamp,
  isUuid,
  parseInteger,
} from '../../src/validation.ts';

describe('a resource name', () => {
  test.each(['a', '42', 'my-stream', 'my_stream', 'v2.0', 'test-stream_v2.0', 'a'.repeat(255)])(
    'may be %s',
    (name) => expect(isResourceName(name)).toBe(true),
  );

  test.each(['', '-a', 'a-', '.', 'a--b', 'a._b', 'a b', 'ä', 'a/b', 'a\n', 'a'.repeat(256)])(
    'may not be %j',
    (name) => expect(isResourceName(name)).toBe(false),
  );

  test('is judged as the rule reads, letter by letter', () => {
    const letter = fc.constantFrom(...'aZ09._- /é');
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 12 }), (name) => {
        const plain = (at: number): boolean => /[A-Za-z0-9]/.test(name.charAt(at));
        const expected =
          name !== '' &&
          /^[A-Za-z0-9._-]*$/.test(name) &&
          plain(0) &&
          plain(name.length - 1) &&
          !/[._-]{2}/.test(name);
        expect(isResourceName(name)).toBe(expected);
      }),
    );
  });
});

describe('an event type', () => {
  test.each(['a', 'user.created', 'ünïcode ok', '😀'.repeat(256), '\u{d800}'])(
    'may be %j',
    (type) => expect(isEventType(type)).toBe(true),
  );

  test.each(['', 'a\tb', 'a\n', '\u{0}', 'a\u{7f}', 'a\u{9f}', 'a'.repeat(257)])(
    'may not be %j',
    (type) => expect(isEventType(type)).toBe(false),
  );
});

describe('a partition key', () => {
  test('has 1 to 255 bytes, not characters', () => {
    expect(['k', 'é'.repeat(127), 'a'.repeat(255)].every(isPartitionKey)).toBe(true);
    expect(['', 'é'.repeat(128), 'a'.repeat(256)].some(isPartitionKey)).toBe(false);
  });

  test('may hold no lone surrogate: two different ones would become the same bytes', () => {
    expect(isPartitionKey('\u{d800}')).toBe(false);
    expect(isPartitionKey('😀')).toBe(true);
  });
});

test('a UUID may have any version and case, but only one form', () => {
  const uuid = '550e8400-e29b-41d4-a716-446655440000';
  expect([uuid, uuid.toUpperCase(), 'ffffffff-ffff-ffff-ffff-ffffffffffff'].every(isUuid)).toBe(
    true,
  );
  const others = [uuid.replaceAll('-', ''), `{${uuid}}`, `${uuid}\n`, `urn:uuid:${uuid}`, ''];
  expect(others.some(isUuid)).toBe(false);
});

test('the nil UUID is a UUID, but no event id', () => {
  const nil = '00000000-0000-0000-0000-000000000000';
  expect([isUuid(nil), isEventId(nil)]).toEqual([true, false]);
});

test('every other UUID is an event id, and nothing else is one', () => {
  expect(isEventId('550e8400-e29b-41d4-a716-446655440000')).toBe(true);
  expect(isEventId('550e8400')).toBe(false);
});

test('money is a plain decimal number', () => {
  expect(['0', '19.99', '-5', '79228162514264337593543950335', '0.0001'].every(isDecimal)).toBe(
    true,
  );
  const others = ['', '.5', '1.', '1e3', '+1', ' 1', '1,5', 'NaN', '0x1', '1'.repeat(30), '1\n'];
  expect(others.some(isDecimal)).toBe(false);
});

describe('a timestamp', () => {
  test.each([
    '2024-01-15T10:30:00Z',
    '2024-02-29T23:59:60+14:00',
    '2024-01-15t10:30:00.123456789z',
    '2024-01-15 10:30:00-00:00',
    '2000-02-29T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2024-01-15T10:30:00-23:59',
  ])('may be %s', (text) => expect(isTimestamp(text)).toBe(true));

  test.each([
    '2024-01-15',
    '2024-01-15T10:30:00',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '2024-01-15T24:00:00Z',
    '2024-01-15T10:60:00Z',
    '2024-01-15T10:30:61Z',
    '2024-01-15T10:30:00+24:00',
    '2024-01-15T10:30:00+00:60',
    '2024-01-15T10:30:00+0100',
    ' 2024-01-15T10:30:00Z',
    '2024-01-15T10:30:00Z ',
    '2024-01-15T10:30:00.Z',
    '1705314600',
    '',
  ])('may not be %j', (text) => expect(isTimestamp(text)).toBe(false));

  test('may be any instant that JavaScript writes', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('0001-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(isTimestamp(date.toISOString())).toBe(true);
        },
      ),
    );
  });
});

describe('an integer', () => {
  test('is read exactly, whatever its size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), (value) => {
        const max = 2n ** 64n - 1n;
        expect(parseInteger(String(value), 0n, max)).toBe(value <= max ? value : undefined);
      }),
    );
  });

  test('may be either bound, and nothing beyond them', () => {
    const parsed = ['4', '5', '6', '7', '8'].map((text) => parseInteger(text, 5n, 7n));
    expect(parsed).toEqual([undefined, 5n, 6n, 7n, undefined]);
  });

  test('may have 40 digits, leading zeros included', () => {
    expect(parseInteger('7'.padStart(40, '0'), 0n, 9n)).toBe(7n);
    expect(parseInteger('7'.padStart(41, '0'), 0n, 9n)).toBeUndefined();
  });

  test.each(['', ' 1', '+1', '-1', '1.0', '1e3', '0x1', '１', '9'.repeat(41)])(
    'is not %j',
    (text) => expect(parseInteger(text, 0n, 10n ** 50n)).toBeUndefined(),
  );
});
