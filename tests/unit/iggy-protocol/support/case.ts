import type * as fc from 'fast-check';

import { type Codec, type Command, encodeBody } from '../../../../src/iggy-protocol/index.ts';

/** One codec with values for it. */
export interface Case {
  /** Of the command, and which of its two codecs. */
  name: string;
  codec: Codec<unknown>;
  values: fc.Arbitrary<unknown>;
  /** The values, written. */
  bodies: fc.Arbitrary<Buffer>;
}

export function cases<Request, Response>(
  command: Command<Request, Response>,
  requests: fc.Arbitrary<Request>,
  responses: fc.Arbitrary<Response>,
): Case[] {
  return [
    codecCase(`${command.name} request`, command.request, requests),
    codecCase(`${command.name} response`, command.response, responses),
  ];
}

function codecCase<Value>(name: string, codec: Codec<Value>, values: fc.Arbitrary<Value>): Case {
  const bodies = values.map((value) => encodeBody(codec, value));
  return { name, codec, values, bodies };
}
