import { HEADER_BYTES, Operation, WireError } from '../../src/iggy-protocol/index.ts';
import { sealBatch, sealFrames } from '../../src/iggy-protocol/vsr/batch-checksum.ts';
import { BATCH_HEADER_BYTES } from '../../src/iggy-protocol/vsr/batch-header.ts';
import { SIZE_AT } from '../../src/iggy-protocol/vsr/header.ts';

/** What may happen to a frame. `at` counts from its start, and past its end from its start again. */
export type Damage =
  | { kind: 'flip'; at: number; bit: number }
  /** Overwritten with a little-endian number, in decimal here; what does not fit in is cut off. */
  | { kind: 'number'; at: number; bytes: number; value: string }
  | { kind: 'cut'; at: number }
  | { kind: 'drop'; at: number; count: number }
  | { kind: 'insert'; at: number; hex: string }
  /** Goes on with the rest of another frame of the same visit. */
  | { kind: 'splice'; at: number; other: number };

const OPERATION_AT = 176;

export function damaged(frame: Buffer, damage: Damage, frames: readonly Buffer[]): Buffer {
  if (frame.length === 0) return frame;
  const at = damage.at % frame.length;
  const head = frame.subarray(0, at);
  switch (damage.kind) {
    case 'flip': {
      const flipped = Buffer.from(frame);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << damage.bit);
      return flipped;
    }
    case 'number': {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(BigInt(damage.value));
      const written = Buffer.from(frame);
      number.copy(written, at, 0, damage.bytes);
      return written;
    }
    case 'cut':
      return Buffer.from(head);
    case 'drop':
      return Buffer.concat([head, frame.subarray(at + damage.count)]);
    case 'insert':
      return Buffer.concat([head, Buffer.from(damage.hex, 'hex'), frame.subarray(at)]);
    case 'splice':
      return Buffer.concat([head, frames[damage.other % frames.length]?.subarray(at) ?? head]);
  }
}

/** Makes the frame say how long it is. */
export function setSize(frame: Buffer): void {
  if (frame.length >= SIZE_AT + 4) frame.writeUInt32LE(frame.length, SIZE_AT);
}

/** Makes the checksums of a frame's batch again, if it has one: what is damaged is then in its layout. */
export function seal(frame: Buffer): void {
  if (frame.length < HEADER_BYTES + 4 || frame[OPERATION_AT] !== Operation.SendMessages) return;
  const batch = frame.subarray(HEADER_BYTES + 4 + frame.readUInt32LE(HEADER_BYTES));
  if (batch.length < BATCH_HEADER_BYTES) return;
  try {
    sealFrames(batch);
    sealBatch(batch);
  } catch (error) {
    // Its frames go past its end: there is nothing whose checksum could be made.
    if (!(error instanceof WireError)) throw error;
  }
}
