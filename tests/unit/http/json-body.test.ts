import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { DEPTH_MAX, parseJsonBody, parseJsonObject } from '../../../src/http/json-body.ts';
import { problemOf } from '../../support/problems.ts';

const schema = z.strictObject({ name: z.string(), size: z.number().optional() });

function read(body: string | Buffer): unknown {
  return parseJsonBody(schema, Buffer.from(body));
}

test('a body is read by its schema', () => {
  expect(read(' {"name" : "\\u0061"} \n')).toEqual({ name: 'a' });
});

describe('a body is malformed_json', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"name":'],
    ['followed by more', '{"name":"a"} x'],
    ['begun with a byte order mark', '\u{feff}{"name":"a"}'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['with half a UTF-16 pair in UTF-8', Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1')],
    ['with a control character in a string', '{"name":"a\nb"}'],
    ['with a comma too many', '{"name":"a",}'],
  ])('if it is %s', (_, body) => {
    expect(problemOf(() => read(body)).code).toBe('malformed_json');
  });
});

describe('a body is bad_request', () => {
  test.each([
    ['no object', '[]', ['']],
    ['null', 'null', ['']],
    ['a number', '5', ['']],
    ['nested too deep', `{"name":${'['.repeat(DEPTH_MAX)}`, ['']],
    ['with a member nobody knows', '{"name":"a","nmae":"b"}', ['/nmae']],
    ['with a member twice', '{"name":"a","n\\u0061me":"b"}', ['/name']],
    ['with __proto__', '{"name":"a","__proto__":{"size":1}}', ['/__proto__']],
    ['wrong in several ways', '{"size":"x","z":1,"size":"y"}', ['/size', '/z', '/name', '/size']],
  ])('if it is %s, with every fault', (_, body, paths) => {
    const { code, issues } = problemOf(() => read(body));
    expect(code).toBe('bad_request');
    expect(issues?.map(({ path }) => path)).toEqual(paths);
  });
});

test('what is wrong is told in words', () => {
  const messageOf = (body: string | Buffer): string => problemOf(() => read(body)).message;
  expect(messageOf(Buffer.from([0xff]))).toBe('The body is not UTF-8');
  expect(messageOf('{')).toBe('The body is not valid JSON');
  expect(messageOf('[]')).toBe('The request must be an object');
  expect(messageOf('['.repeat(65))).toBe('The request is nested deeper than 64 levels');
  expect(messageOf('{"name":"a","name":"b"}')).toBe('/name is there twice');
});

test('of text that is no JSON it is told where it stops making sense', () => {
  const problem = problemOf(() => read('{"name":!}'));
  expect(problem.details).toContain("'!'");
  expect(problem.cause).toBeInstanceOf(SyntaxError);
  expect(problemOf(() => read(Buffer.from([0xff]))).cause).toBeInstanceOf(TypeError);
});

test('only members that stand there are handed on, and nothing inherited', () => {
  const { members } = parseJsonObject(Buffer.from('{"a":1}'), { names: ['a', 'b', 'toString'] });
  expect(Object.keys(members)).toEqual(['a']);
});

test('a prototype of the client reaches nobody', () => {
  const { issues } = problemOf(() => read('{"__proto__":{"name":"a"}}'));
  expect(issues).toContainEqual({ path: '/name', message: 'is required' });
});
