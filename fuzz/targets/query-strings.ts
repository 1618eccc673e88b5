import fc from 'fast-check';

import { must } from '../oracle.ts';
import { target } from '../target.ts';

const anyParameter = fc.constantFrom(
  'partition_id',
  'consumer_id',
  'offset',
  'count',
  'auto_commit',
  '__proto__',
  'x',
  '',
);

const anyValue = fc.oneof(
  fc.bigInt({ min: -10n, max: 1n << 65n }).map(String),
  fc
    .string({ unit: 'grapheme', maxLength: 8 })
    .map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789.-+eE%xn')), maxLength: 12 }),
  fc.constantFrom('true', 'false', '1e1', '0x10', '%', '%zz', '%ff', 'null', '[]', '10%0a'),
);

const anyQuery = fc.oneof(
  fc
    .array(fc.tuple(anyParameter, anyValue), { maxLength: 6 })
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
  // Every byte a request target may have, and some it may not.
  fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replaceAll(/[\s]/g, '+')),
);

export const queryStrings = target({
  name: 'query-strings',
  arbitrary: anyQuery,
  async check(query, gateway) {
    const { status } = await gateway.ask([`GET /messages?${query} HTTP/1.1`]);
    must([200, 400, 404].includes(status), `the query was answered with ${status}`);
  },
});
