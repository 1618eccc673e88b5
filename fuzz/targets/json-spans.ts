import { isDeepStrictEqual } from 'node:util';

import fc from 'fast-check';

import { scanJson } from '../../src/http/json-span.ts';
import { anyJsonText } from '../../tests/support/json-texts.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const DEPTH_MAX = 64;
const NAMES = ['a', 'event', 'id', '__proto__', 'constructor'];

/** A text with something put in or taken out, so that it is most likely no JSON any more. */
const brokenJson = fc
  .tuple(
    anyJsonText(),
    fc.nat({ max: 300 }),
    fc.string({ unit: fc.constantFrom(...Array.from('{}[]",:\\ x')) }),
  )
  .map(([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk + text.slice(at));

/** Where `JSON.parse` accepts a text, the spans hold the values it finds, and no text is too much. */
export const jsonSpans = target({
  name: 'json-spans',
  arbitrary: fc.oneof(anyJsonText(), brokenJson, fc.string({ unit: 'binary' })),
  check(text) {
    const bytes = Buffer.from(text);
    const spans = scanJson(bytes, { names: NAMES, depthMax: DEPTH_MAX });
    const value = parse(bytes.toString());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;

    if (!spans) {
      must((text.match(/[[{]/g) ?? []).length > DEPTH_MAX, 'a shallow text is too deep');
      return;
    }
    const members = new Map<string, unknown>(Object.entries(value));
    for (const name of NAMES) {
      const span = spans.members.get(name);
      must((span !== undefined) === members.has(name), `${name} is found by one of both`);
      if (!span) continue;
      const found = parse(bytes.toString('utf8', span.start, span.end));
      must(isDeepStrictEqual(found, members.get(name)), `${name} has another value`);
    }
    const others = [...members.keys()].filter((name) => !NAMES.includes(name));
    must(
      others.every((name) => spans.unknown.includes(name)),
      'a member is overlooked',
    );
  },
});

/** `undefined` for what is no JSON, which is no value of it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
