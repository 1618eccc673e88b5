import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatTraceparent, parseTraceparent } from '../../../src/utils/traceparent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

/** Hex digits, at least one of them not zero. */
const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((list) => list.join(''))
    .filter((text) => /[^0]/.test(text));

test('a context comes back as it was written', () => {
  const context = fc.record({ traceId: hex(32), spanId: hex(16), flags: fc.nat({ max: 3 }) });
  fc.assert(
    fc.property(context, (it) => {
      expect(parseTraceparent(formatTraceparent(it))).toEqual(it);
    }),
  );
});

test('any text is a context or none, and what is taken is written in our version', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const context = parseTraceparent(text);
      if (context) expect(formatTraceparent(context)).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-0\d$/);
    }),
  );
});

describe('is none', () => {
  test.each([
    ['empty', ''],
    ['short', `00-${TRACE}-${SPAN}`],
    ['with more behind it, in a version that has no more', `00-${TRACE}-${SPAN}-01-x`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['of the version that is forbidden', `ff-${TRACE}-${SPAN}-01`],
    ['without a trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['given twice', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['followed by a line', `00-${TRACE}-${SPAN}-01\nx`],
    ['very long', `01-${TRACE}-${SPAN}-01-${'x'.repeat(1_000_000)}`],
  ])('%s', (_, text) => expect(parseTraceparent(text)).toBeUndefined());
});

test('of a later version what this one knows is taken', () => {
  const context = parseTraceparent(`cc-${TRACE}-${SPAN}-ff-what-the-future-brings`);
  expect(context).toEqual({ traceId: TRACE, spanId: SPAN, flags: 3 });
});
