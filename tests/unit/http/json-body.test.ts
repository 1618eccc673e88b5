import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { DEPTH_MAX, parseJsonBody } from '../../../src/http/json-body.ts';
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

test('a prototype of the client reaches nobody', () => {
  const { issues } = problemOf(() => read('{"__proto__":{"name":"a"}}'));
  expect(issues).toContainEqual({ path: '/name', message: 'is required' });
});
