import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';
import { encodeText } from './text.ts';

/** How a command names a stream, a topic, a consumer group or a user. `'7'` is a name, not a number. */
export type Identifier = { kind: 'numeric'; value: number } | { kind: 'string'; value: string };

const KIND_NUMERIC = 1;
const KIND_STRING = 2;
const NUMERIC_BYTES = 4;

/**
 * Identifier (iggy-vsr-0.11 §4):
 *
 *     kind    u8      1 = numeric, 2 = string
 *     length  u8      4 when numeric, 1..=255 when a string
 *     value   bytes   u32, or UTF-8
 */
export function writeIdentifier(out: ByteWriter, identifier: Identifier): void {
  switch (identifier.kind) {
    case 'numeric':
      out.u8(KIND_NUMERIC).u8(NUMERIC_BYTES).u32(identifier.value);
      break;
    case 'string': {
      const name = encodeText(identifier.value);
      if (name.length === 0) throw new WireError('identifier is empty');
      out.u8(KIND_STRING).u8(name.length).bytes(name);
      break;
    }
  }
}

export function readIdentifier(input: ByteReader): Identifier {
  const kind = input.u8();
  const length = input.u8();
  switch (kind) {
    case KIND_NUMERIC:
      if (length !== NUMERIC_BYTES) throw new WireError(`numeric identifier of ${length} bytes`);
      return { kind: 'numeric', value: input.u32() };
    case KIND_STRING:
      if (length === 0) throw new WireError('identifier is empty');
      return { kind: 'string', value: input.utf8(length) };
    default:
      throw new WireError(`identifier kind ${kind} is neither 1 nor 2`);
  }
}
