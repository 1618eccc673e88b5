import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  commands,
  decodeBody,
  encodeBody,
  WireError,
} from '../../../../../src/iggy-protocol/index.ts';
import { adminCases } from '../../support/admin-cases.ts';
import { failureOf } from '../../support/failure.ts';
import { messageCases } from '../../support/message-cases.ts';
import { streamCases } from '../../support/stream-cases.ts';

const allCases = [...adminCases, ...streamCases, ...messageCases];

test('both codecs of every command are put to the test', () => {
  expect(allCases.map(({ name }) => name).toSorted()).toEqual(
    Object.values(commands)
      .flatMap(({ name }) => [`${name} request`, `${name} response`])
      .toSorted(),
  );
});

describe.each(allCases)('$name', ({ codec, values, bodies }) => {
  test('gives back what was written', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decodeBody(codec, encodeBody(codec, value))).toEqual(value);
      }),
    );
  });

  test('of garbage is a value or a WireError', () => {
    const anyBytes = fc.uint8Array({ maxLength: 200 }).map((part) => Buffer.from(part));
    // Garbage that gets far: a good body, cut somewhere and with a few bytes changed.
    const anyDamage = fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 1, 2, 0x7f, 0xff)), {
      maxLength: 4,
    });
    const anyDamaged = fc.tuple(bodies, fc.nat(), anyDamage).map(([body, cut, damage]) => {
      const damaged = Buffer.from(body.subarray(0, body.length - (cut % 4) * (cut % 9)));
      for (const [at, byte] of damage) damaged[at % (damaged.length || 1)] = byte;
      return damaged;
    });
    fc.assert(
      fc.property(fc.oneof(anyBytes, anyDamaged), (body) => {
        const failure = failureOf(() => decodeBody(codec, body));
        expect(failure === undefined || failure instanceof WireError).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
