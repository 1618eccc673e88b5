import fc from 'fast-check';

/** Space between the tokens of a JSON text. */
export function anySpace(): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 3 });
}

/** Numbers that no float can hold, beside ordinary ones. */
const anyNumber = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('1e400', '-1E+999', '0.10', '-0', '12345678901234567890123456789', '1.0e-400'),
);

/** Escapes that `JSON.stringify` would write differently or not at all, lone surrogates included. */
const anyString = fc
  .array(
    fc.oneof(
      fc
        .string({ unit: 'grapheme', maxLength: 5 })
        .map((text) => JSON.stringify(text).slice(1, -1)),
      fc.constantFrom(
        '\\u0041',
        '\\/',
        '/',
        '\\ud800',
        '\\udfff',
        '\\ud83d\\ude00',
        '\\u0000',
        '\\"',
      ),
      fc.constantFrom('\u2028', '\u{7f}', '{', '[', '€', '😀', ':', ','),
    ),
    { maxLength: 4 },
  )
  .map((parts) => `"${parts.join('')}"`);

const anyName = fc.oneof(
  anyString,
  fc.constantFrom('"__proto__"', '"constructor"', '"a"', '"\\u0061"', '""', '"event"', '"id"'),
);

/**
 * Any JSON text, written in ways a serialiser would not: odd space, doubled names, huge numbers. Never more
 * than a few levels deep.
 */
export function anyJsonText(): fc.Arbitrary<string> {
  const { value } = fc.letrec<{ value: string; member: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('true', 'false', 'null'),
      anyNumber,
      anyString,
      listOf('[', tie('value'), ']'),
      listOf('{', tie('member'), '}'),
    ),
    member: fc
      .tuple(anyName, anySpace(), anySpace(), tie('value'))
      .map(([name, before, after, text]) => `${name}${before}:${after}${text}`),
  }));
  return value;
}

function listOf(open: string, item: fc.Arbitrary<string>, close: string): fc.Arbitrary<string> {
  return fc
    .tuple(anySpace(), fc.array(fc.tuple(item, anySpace()), { maxLength: 4 }))
    .map(([space, items]) => {
      const joined = items.map(([text, after]) => text + after).join(`,${space}`);
      return `${open}${space}${joined}${close}`;
    });
}
