import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  isDeeperThan,
  type JsonSpans,
  scanJson,
  type ScanOptions,
  type Span,
  UNKNOWN_NAMES_MAX,
} from '../../../src/http/json-span.ts';
import { anyJsonText, anySpace } from '../../support/json-texts.ts';

const WANTED: ScanOptions = {
  depthMax: 64,
  names: ['event', 'events', 'partition_key'],
  elementsOf: 'events',
};

function scan(text: string | Buffer, options: Partial<ScanOptions> = {}): JsonSpans | undefined {
  return scanJson(Buffer.from(text), { ...WANTED, ...options });
}

/** The text at a span, to be compared with what was put there. */
function cut(text: string, span: Span | undefined): string | undefined {
  return span && Buffer.from(text).subarray(span.start, span.end).toString();
}

describe('the span of a member', () => {
  test('is exactly its value, without the space around it', () => {
    const text = ' \n{ "partition_key" :\t"k\\"}" , "event"\r: { "a" : [1, 2 ] } } ';
    const spans = scan(text);
    expect(cut(text, spans?.members.get('event'))).toBe('{ "a" : [1, 2 ] }');
    expect(cut(text, spans?.members.get('partition_key'))).toBe('"k\\"}"');
  });

  test('is found wherever the member stands, whatever the others hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'evént', ''), anyJsonText()), { maxLength: 4 }),
        anyJsonText(),
        fc.nat(4),
        anySpace(),
        (others, value, position, space) => {
          const members = others.map(([name, text]) => `${JSON.stringify(name)}:${text}`);
          members.splice(position, 0, `${space}"event"${space}:${space}${value}${space}`);
          const text = `{${members.join(',')}}`;
          expect(cut(text, scan(text)?.members.get('event'))).toBe(value);
        },
      ),
    );
  });

  test('ends at the quote that closes it, whatever is escaped inside', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', '"', 'a', '}', 'é'), maxLength: 12 }),
        (string) => {
          const value = JSON.stringify(string);
          const text = `{"event":${value},"partition_key":"\\\\"}`;
          expect(cut(text, scan(text)?.members.get('event'))).toBe(value);
          expect(cut(text, scan(text)?.members.get('partition_key'))).toBe('"\\\\"');
        },
      ),
    );
  });

  test('counts bytes, not characters', () => {
    const text = '{"ü":"€😀","event":"é"}';
    expect(cut(text, scan(text)?.members.get('event'))).toBe('"é"');
  });

  test('is found under an escaped name', () => {
    const text = '{"\\u0065v\\u0065nt":1}';
    expect(cut(text, scan(text)?.members.get('event'))).toBe('1');
    expect(scan(text)?.unknown).toEqual([]);
  });

  test('of a name given several times is the last one, the one JSON.parse keeps, and it is told', () => {
    const text = '{"event":1,"\\u0065vent":2}';
    const spans = scan(text);
    expect(cut(text, spans?.members.get('event'))).toBe('2');
    expect(spans?.duplicates).toEqual(['event']);
  });

  test('is not confused by the same names deeper inside', () => {
    const text = '{"x":{"event":1},"y":["event",{"events":[2]}],"event":3}';
    const spans = scan(text);
    expect(cut(text, spans?.members.get('event'))).toBe('3');
    expect(spans?.duplicates).toEqual([]);
    expect(spans?.elements).toEqual([]);
  });
});

describe('the elements of an array member', () => {
  test('are cut exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anySpace(), anyJsonText(), anySpace())), (elements) => {
        const joined = elements.map(([before, text, after]) => before + text + after).join(',');
        const text = `{"partition_key":"k","events":[${joined}]}`;
        const found = scan(text)?.elements.map((span) => cut(text, span));
        expect(found).toEqual(elements.map(([, element]) => element));
      }),
    );
  });

  test('of an empty array are none', () => {
    const text = '{"events":[ ],"event":2}';
    expect(scan(text)?.elements).toEqual([]);
    expect(cut(text, scan(text)?.members.get('event'))).toBe('2');
  });

  test('are kept up to the limit, and no further', () => {
    const text = `{"events":[${Array(50).fill('1').join(',')}],"event":2}`;
    const spans = scan(text, { elementsMax: 10 });
    expect(spans?.elements).toHaveLength(10);
    expect(cut(text, spans?.members.get('event'))).toBe('2');
  });

  test('are those of the last of several such members', () => {
    const text = '{"events":[1,2,3],"events":[4]}';
    expect(scan(text)?.elements.map((span) => cut(text, span))).toEqual(['4']);
  });
});

describe('names nobody asked for', () => {
  test('are told, up to a limit', () => {
    expect(scan('{"evnt":1,"__proto__":2}')?.unknown).toEqual(['evnt', '__proto__']);
    const many = Array.from({ length: UNKNOWN_NAMES_MAX + 5 }, (_, index) => `"x${index}":0`);
    expect(scan(`{${many.join(',')}}`)?.unknown).toHaveLength(UNKNOWN_NAMES_MAX);
  });
});

describe('the depth', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test.each([
    ['a member', (levels: number) => `{"event":${nested(levels - 1)}}`],
    ['an unknown member', (levels: number) => `{"x":${nested(levels - 1)}}`],
    ['an element', (levels: number) => `{"events":[${nested(levels - 2)}]}`],
    ['an array outside', nested],
    ['objects', (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels)],
  ])('may reach the limit and not pass it, in %s', (_, textOf) => {
    expect(scan(textOf(64))).toBeDefined();
    expect(scan(textOf(65))).toBeUndefined();
  });

  test('of ten million open brackets is refused without a stack to overflow', () => {
    for (const opening of ['[', '{"a":', '{"events":[']) {
      expect(scan(opening.repeat(10_000_000 / opening.length))).toBeUndefined();
    }
  });

  test('inside a string does not count', () => {
    expect(scan(`{"event":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`)).toBeDefined();
  });

  test('is found alike without the spans, in characters or in bytes', () => {
    const beside = `[${Array(100).fill('{},[]').join(',')}]`;
    const inString = JSON.stringify('['.repeat(100));
    for (const text of [
      nested(3),
      beside,
      inString,
      '[['.repeat(2),
      `{"é":${nested(2)}}`,
      'x[[[[',
    ]) {
      const deeper = [1, 2, 3, 4].map((depthMax) => isDeeperThan(text, depthMax));
      const bytes = Buffer.from(text);
      expect(
        [1, 2, 3, 4].map((depthMax) => isDeeperThan(bytes.toString('latin1'), depthMax)),
      ).toEqual(deeper);
      expect(
        [1, 2, 3, 4].map((depthMax) => scanJson(bytes, { ...WANTED, depthMax }) === undefined),
      ).toEqual(deeper);
    }
    expect([2, 3].map((depthMax) => isDeeperThan(nested(3), depthMax))).toEqual([true, false]);
    expect([1, 2].map((depthMax) => isDeeperThan(beside, depthMax))).toEqual([true, false]);
    expect(isDeeperThan(inString, 1)).toBe(false);
  });

  test('of one or two levels leaves room for no more', () => {
    expect(scan('{}', { depthMax: 0 })).toBeUndefined();
    expect(scan('{"events":1}', { depthMax: 1 })).toBeDefined();
    expect(scan('{"events":[]}', { depthMax: 1 })).toBeUndefined();
    expect(scan('{"events":[1]}', { depthMax: 2 })).toBeDefined();
  });
});

describe('text that is no JSON', () => {
  test('gives something or nothing, but never runs past its end or for ever', () => {
    const letters = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      ' ',
      '1',
      'event',
      'é',
    );
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 40 }), (parts) => {
        const text = Buffer.from(parts.join(''));
        const spans = scanJson(text, WANTED);
        for (const { start, end } of [
          ...(spans?.members.values() ?? []),
          ...(spans?.elements ?? []),
        ]) {
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThanOrEqual(text.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('may also be any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        scanJson(Buffer.from(bytes), WANTED);
      }),
    );
  });

  test.each(['', ' ', '5', 'null', '"event"', '[{"event":1}]', 'x{"event":1}'])(
    'or is no object has no members: %j',
    (text) =>
      expect(scan(text)).toEqual({
        members: new Map(),
        duplicates: [],
        unknown: [],
        elements: [],
      }),
  );
});

test('the time grows with the text, not with its square', () => {
  const members = Array.from({ length: 200_000 }, (_, index) => `"x${index}":"\\\\\\""`);
  const text = Buffer.from(`{${members.join(',')},"event":{}}`);
  expect(scanJson(text, WANTED)?.members.has('event')).toBe(true);
});
