import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { allows, type Resource, scope, type Verb, VERBS } from '../../../src/models/scope.ts';

function may(text: string, verb: Verb, resource: Resource): boolean {
  return allows([scope.parse(text)], verb, resource);
}

const TOPIC = { stream: 'orders', topic: 'eu.paid' };

describe('a scope', () => {
  test.each([
    ['send:orders/*', 'send', TOPIC, true],
    ['send:orders/eu.*', 'send', TOPIC, true],
    ['send:orders/*.paid', 'send', TOPIC, true],
    ['send:ord*s/e*.p*d', 'send', TOPIC, true],
    ['send:orders/eu.paid', 'send', TOPIC, true],
    ['send:*/*', 'send', TOPIC, true],
    ['send:orders/us.*', 'send', TOPIC, false],
    ['send:order/*', 'send', TOPIC, false],
    ['send:orders/*', 'poll', TOPIC, false],
    ['send:orders/*', 'send', { stream: 'orders-2', topic: 'a' }, false],
    ['send:orders/*', 'send', { stream: 'orders', topic: 'a/b' }, true],
    ['send:orders/a*a', 'send', { stream: 'orders', topic: 'a' }, false],
    ['send:orders/*aa*a', 'send', { stream: 'orders', topic: 'aa' }, false],
    ['send:ORDERS/*', 'send', TOPIC, false],
  ] as const)('%s, to %s %j: %s', (text, verb, resource, expected) =>
    expect(may(text, verb, resource)).toBe(expected),
  );

  test.each([
    ['admin:*', 'admin', {}, true],
    ['admin:*', 'admin', { stream: 'orders' }, true],
    ['admin:*', 'admin', TOPIC, true],
    ['admin:orders', 'admin', TOPIC, true],
    ['admin:orders', 'admin', { stream: 'others' }, false],
    ['admin:orders', 'admin', {}, false],
    ['admin:**', 'admin', {}, false],
    ['admin:*/*', 'admin', {}, false],
    ['admin:*/*', 'admin', { stream: 'orders' }, false],
    ['admin:orders/*', 'admin', TOPIC, true],
    ['admin:orders', 'view', TOPIC, true],
    ['view:*', 'admin', TOPIC, false],
    ['admin:*', 'send', TOPIC, false],
    ['admin:*', 'poll', TOPIC, false],
  ] as const)(
    'without a topic covers the streams and what is in them: %s, to %s %j: %s',
    (...row) => {
      const [text, verb, resource, expected] = row;
      expect(may(text, verb, resource)).toBe(expected);
    },
  );

  test.each([
    '',
    'send',
    'send:',
    'send:/x',
    'send:a/',
    'send:a/b/c',
    'eat:a',
    'SEND:a',
    'send:a b',
    ' send:a',
  ])('%j is none', (text) => expect(scope.safeParse(text).success).toBe(false));
});

test('without a scope nothing is allowed', () => {
  for (const verb of VERBS) expect(allows([], verb, TOPIC)).toBe(false);
});

const name = fc.stringMatching(/^[ab.]{0,8}$/);

test('a star stands for any characters of one name, as a regular expression would have it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab.*]{1,8}$/), name, (pattern, topic) => {
      const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*');
      const expected = new RegExp(`^${source}$`).test(topic);
      expect(may(`send:s/${pattern}`, 'send', { stream: 's', topic })).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test('a pattern made to be slow is not', () => {
  const pattern = `${'*a'.repeat(250)}*b`;
  const resource = { stream: 's', topic: 'a'.repeat(10_000) };
  expect(may(`send:s/${pattern}`, 'send', resource)).toBe(false);
});
