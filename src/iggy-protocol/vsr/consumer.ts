import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';
import { type Identifier, readIdentifier, writeIdentifier } from './identifier.ts';

/** Whose offset a poll follows: a consumer of its own, or a group. */
export interface Consumer {
  kind: 'consumer' | 'consumer_group';
  id: Identifier;
}

const KINDS = { consumer: 1, consumer_group: 2 } as const;

/**
 * Consumer (iggy-vsr-0.11 §4):
 *
 *     kind    u8          1 = consumer, 2 = group
 *     id      Identifier
 */
export function writeConsumer(out: ByteWriter, { kind, id }: Consumer): void {
  out.u8(KINDS[kind]);
  writeIdentifier(out, id);
}

export function readConsumer(input: ByteReader): Consumer {
  const kind = input.u8();
  switch (kind) {
    case KINDS.consumer:
      return { kind: 'consumer', id: readIdentifier(input) };
    case KINDS.consumer_group:
      return { kind: 'consumer_group', id: readIdentifier(input) };
    default:
      throw new WireError(`consumer kind ${kind} is neither 1 nor 2`);
  }
}

/**
 * Optional partition (`PART?` in iggy-vsr-0.11 §4):
 *
 *     flag       u8     1 = given; any other value is read as absent
 *     partition  u32    0 when absent
 */
export function writeOptionalPartition(out: ByteWriter, partition: number | null): void {
  out.bool(partition !== null).u32(partition ?? 0);
}

export function readOptionalPartition(input: ByteReader): number | null {
  const given = input.u8() === 1;
  const partition = input.u32();
  return given ? partition : null;
}
