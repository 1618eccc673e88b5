import { expect, test } from 'vitest';
import { z } from 'zod';

import { parse, pointer, unknownMembers } from '../../../src/http/parse.ts';
import { problemOf } from '../../support/problems.ts';

const schema = z.strictObject({
  name: z.string().min(2).max(3),
  count: z.int().min(1).max(5),
  list: z.array(z.boolean()).min(1),
  kind: z.enum(['a', 'b']),
  shape: z.discriminatedUnion('type', [
    z.object({ type: z.literal('X') }),
    z.object({ type: z.literal('Y') }),
  ]),
  map: z.record(z.string().min(1), z.string()),
});

test('every fault is told, each where it is and in plain words', () => {
  const { code, issues } = problemOf(() =>
    parse(schema, {
      name: 'x',
      count: 1.5,
      list: [],
      kind: 'c',
      shape: { type: 'Z' },
      map: { '': 'v' },
      'a/b~c': 1,
    }),
  );
  expect(code).toBe('bad_request');
  expect(issues).toEqual([
    { path: '/name', message: 'must have at least 2 characters' },
    { path: '/count', message: 'must be an integer' },
    { path: '/list', message: 'must have at least 1 elements' },
    { path: '/kind', message: 'must be one of a, b' },
    { path: '/shape/type', message: 'must be one of X, Y' },
    { path: '/map/', message: 'must have at least 1 characters' },
    { path: '/a~1b~0c', message: 'is not known here' },
  ]);
});

test('what is as it should be comes back as the schema reads it', () => {
  expect(parse(z.object({ a: z.string().trim() }), { a: ' x ' })).toEqual({ a: 'x' });
});

test('of two types neither of which fits, none is named', () => {
  const either = z.object({ a: z.union([z.string(), z.number()]) });
  expect(problemOf(() => parse(either, { a: true })).message).toBe('/a Invalid input');
  expect(problemOf(() => parse(either, {})).message).toBe('/a is required');
});

test('what is missing is called missing, what has another type is called by its type', () => {
  const { issues } = problemOf(() => parse(schema, { name: 5, count: 9, list: 'x', map: [] }));
  expect(issues).toEqual([
    { path: '/name', message: 'must be a string' },
    { path: '/count', message: 'must be at most 5' },
    { path: '/list', message: 'must be an array' },
    { path: '/kind', message: 'is required' },
    { path: '/shape', message: 'is required' },
    { path: '/map', message: 'must be an object' },
  ]);
});

test('the sentence for people names the first fault and counts the others', () => {
  expect(problemOf(() => parse(z.object({ a: z.string() }), {})).message).toBe('/a is required');
  expect(problemOf(() => parse(schema, {})).message).toBe('/name is required (and 5 more)');
  expect(problemOf(() => parse(schema, 5)).message).toBe('The request must be an object');
});

test('a pointer is safe to send back: escaped, cut, and without lone surrogates', () => {
  expect(pointer(['a', 0, '~/', '\u{d800}'])).toBe('/a/0/~0~1/\u{fffd}');
  expect(pointer(['x'.repeat(10_000)])).toHaveLength(101);
});

test('no more unknown names are told than anybody would read', () => {
  const names = Array.from({ length: 5000 }, (_, index) => `n${index}`);
  expect(unknownMembers(names, '/at')).toHaveLength(100);
});
