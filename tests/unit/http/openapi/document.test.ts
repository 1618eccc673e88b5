import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';

import { PROBLEMS } from '../../../../src/errors.ts';
import { createOpenApiDocument } from '../../../../src/http/openapi/document.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function documentOf(batchMax = 10): { [name: string]: Json } {
  const document = createOpenApiDocument({ version: '1.2.3', batchMax });
  return JSON.parse(JSON.stringify(document)) as { [name: string]: Json };
}

/** Every value of the document with its JSON path. */
function* walk(value: Json, path: readonly string[] = []): Generator<[string[], Json]> {
  yield [[...path], value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* walk(member, [...path, name]);
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

test('a validator of OpenAPI 3.1 accepts it', async () => {
  const validator = new Validator();
  const result = await validator.validate(documentOf());
  expect(result).toMatchObject({ valid: true });
  expect(validator.version).toBe('3.1');
});

test('tells the version of the program and the limits in force', () => {
  const document = documentOf(7);
  expect(document['info']).toMatchObject({ version: '1.2.3' });
  expect(
    [...walk(document)].filter(([path, value]) => path.at(-1) === 'maxItems' && value === 7),
  ).toHaveLength(2);
});

test('every reference leads somewhere', () => {
  const document = documentOf();
  const known = new Set([...walk(document)].map(([path]) => `#/${path.join('/')}`));
  for (const [path, value] of walk(document)) {
    if (path.at(-1) === '$ref') expect(known, path.join('/')).toContain(value);
  }
});

describe('answers', () => {
  /** Names of the shared schemas that answers are made of, events and the document itself apart. */
  function answerSchemas(document: Json): Set<string> {
    const names = new Set<string>();
    const isAnswer = (path: string[]): boolean =>
      path[0] === 'paths' || names.has(path.slice(0, 3).join('/'));
    // Until nothing is added: schemas refer to others.
    for (let before = -1; before !== names.size;) {
      before = names.size;
      for (const [path, value] of walk(document)) {
        if (path.at(-1) !== '$ref' || !isAnswer(path) || path.includes('requestBody')) continue;
        if (typeof value === 'string') names.add(value.slice(2));
      }
    }
    names.delete('components/schemas/StoredEvent');
    return names;
  }

  test('have closed shapes, whose members are all named', () => {
    const document = documentOf();
    const schemas = answerSchemas(document);
    expect(schemas).toContain('components/schemas/Page');
    const open = [...walk(document)]
      .filter(([path]) => schemas.has(path.slice(0, 3).join('/')) || path.includes('responses'))
      .filter(([path]) => !path.join('/').startsWith('paths//openapi.json/'))
      .filter(([, value]) => isObject(value) && 'properties' in value)
      .filter(([, value]) => isObject(value) && value['additionalProperties'] !== false);
    expect(open.map(([path]) => path.join('/'))).toEqual([]);
  });

  test('every route can refuse in every way that has nothing to do with what it does', () => {
    const text = JSON.stringify(documentOf()['paths']);
    // What no route answers, because it is said of paths and methods that are no route.
    const unmatched = ['method_not_allowed'];
    const missing = Object.keys(PROBLEMS).filter((code) => !text.includes(`/problem.${code}"`));
    expect(missing).toEqual(unmatched);
  });
});

test('the routes that need a key say so, and where to put it', () => {
  const { paths, components } = documentOf();
  expect(components).toMatchObject({
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      bearer: { type: 'http', scheme: 'bearer' },
      apiKeyInQuery: {
        type: 'apiKey',
        in: 'query',
        name: 'api_key',
        description: expect.stringMatching(/^Deprecated/),
      },
    },
  });
  const anyKey = [{ apiKey: [] }, { bearer: [] }, { apiKeyInQuery: [] }];
  expect(paths).toMatchObject({ '/streams': { get: { security: anyKey } } });
  const open = [...walk(paths ?? null)]
    .filter(([path, value]) => path.at(-1) === 'security' && Array.isArray(value) && !value.length)
    .map(([[path = '']]) => path);
  expect(open.filter((path) => !path.startsWith('/docs/'))).toEqual([
    '/health',
    '/ready',
    '/openapi.json',
    '/docs',
  ]);
});
