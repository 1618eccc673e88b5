import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

/** Where a poll starts, in the order of their numbers on the wire, which count from 1. */
const KINDS = ['offset', 'timestamp', 'first', 'last', 'next'] as const;

export interface PollingStrategy {
  kind: (typeof KINDS)[number];
  /** An offset, or microseconds since the Unix epoch; 0 where the kind has no use for it. */
  value: bigint;
}

/**
 * Polling strategy (iggy-vsr-0.11 §4):
 *
 *     kind    u8     1 = offset, 2 = timestamp, 3 = first, 4 = last, 5 = next
 *     value   u64
 */
export function writePollingStrategy(out: ByteWriter, { kind, value }: PollingStrategy): void {
  out.u8(KINDS.indexOf(kind) + 1).u64(value);
}

export function readPollingStrategy(input: ByteReader): PollingStrategy {
  const number = input.u8();
  const kind = KINDS[number - 1];
  if (kind === undefined) throw new WireError(`polling strategy ${number} is not 1..=5`);
  return { kind, value: input.u64() };
}
