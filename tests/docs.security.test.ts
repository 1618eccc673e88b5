import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { VERBS } from '../src/models/scope.ts';
import { type RoutesOptions, routes } from '../src/routes.ts';
import { writeKeysFile } from './support/keys-file.ts';
import { startTestApp, type TestApp } from './support/start-app.ts';

const DOCS = readFileSync('docs/security.md', 'utf8');

/** The rows of the table: method, path, verb, and what it is on. */
const TABLE = [...DOCS.matchAll(/^\| ([A-Z]+) \| `(\S+)` \| `(\S+)` \| (.+) \|$/gm)].map(
  ([, method = '', path = '', verb = '', on = '']) => ({ method, path, verb, on }),
);

/** Routes that nobody needs a key for. */
const OPEN = /^\/(?:health|ready|openapi\.json|docs(?:\/.*)?)$/;

/** One key for each verb, on everything of one stream, on one topic, or on all there is. */
async function startWithKeys(where: string): Promise<TestApp> {
  const keys = VERBS.map((verb) => ({ name: verb, key: verb, scopes: [`${verb}:${where}`] }));
  const env = { API_KEYS_FILE: writeKeysFile(...keys), IGGY_STREAM: 's', IGGY_TOPIC: 't' };
  return startTestApp({ env });
}

async function verbsLetIn(app: TestApp, method: string, path: string): Promise<string[]> {
  const target = path.replace(':stream', 's').replace(':topic', 't').replace(':consumer_id', '1');
  const letIn: string[] = [];
  for (const verb of VERBS) {
    const { status } = await app.fetch(target, { method, headers: { 'x-api-key': verb } });
    if (status !== 403) letIn.push(verb);
  }
  return letIn;
}

test('docs/security.md has every route that needs a key, in the order of the table, and no other', () => {
  // The handlers are not called, so what they need may be missing.
  const options = { deadline: async () => {} } as unknown as RoutesOptions;
  const served = routes(options).router.stack.flatMap(({ methods, path }) =>
    methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${String(path)}`),
  );
  expect(TABLE.map(({ method, path }) => `${method} ${path}`)).toEqual(
    served.filter((route) => !OPEN.test(route.split(' ')[1] ?? '')),
  );
});

describe.each(TABLE)('$method $path', ({ method, path, verb, on }) => {
  const expected = verb === 'view' ? ['view', 'admin'] : [verb];

  test(`needs ${verb}`, async () => {
    expect(await verbsLetIn(await startWithKeys('*'), method, path)).toEqual(expected);
  });

  test(`on ${on}`, async () => {
    const patterns = {
      '`*`': { allowed: '*', refused: ['s', '*/*', 's/t'] },
      '`:stream`': { allowed: 's', refused: ['x', 's/*'] },
      '`:stream/:topic`': { allowed: 's/t', refused: ['s/x', 'x/t', 'x'] },
      'the default topic': { allowed: 's/t', refused: ['s/x', 'x/t', 'x'] },
    }[on];
    expect(patterns, on).toBeDefined();
    const { allowed = '', refused = [] } = patterns ?? {};
    expect(await verbsLetIn(await startWithKeys(allowed), method, path)).toEqual(expected);
    for (const pattern of refused) {
      expect(await verbsLetIn(await startWithKeys(pattern), method, path), pattern).toEqual([]);
    }
  });
});
