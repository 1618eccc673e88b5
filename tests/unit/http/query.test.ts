import { expect, test } from 'vitest';

import { queryOf } from '../../../src/http/query.ts';

function read(querystring: string): unknown {
  // Of a request only the query is looked at.
  return queryOf({ querystring } as Parameters<typeof queryOf>[0]);
}

test('a parameter is decoded once', () => {
  expect(read('a=1&b=%252F+x&c')).toEqual({ a: '1', b: '%2F x', c: '' });
});

test('one that is given several times is an array, in order', () => {
  expect(read('a=1&b=2&a=3&a=')).toEqual({ a: ['1', '3', ''], b: '2' });
});

test('without a query there are none, and no name is special', () => {
  expect(read('')).toEqual({});
  expect(Object.keys(read('__proto__=1') as object)).toEqual(['__proto__']);
});
