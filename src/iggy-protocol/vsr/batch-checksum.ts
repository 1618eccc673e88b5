import { ByteWriter, WireError } from '../bytes.ts';
import { xxh3 } from '../hash.ts';
import { BATCH_CHECKSUM_AT, BATCH_HEADER_BYTES, MESSAGE_COUNT_AT } from './batch-header.ts';
import { frameEnd } from './message-frame.ts';

const CHECKSUM_BYTES = 8;

/** The batch as a whole is not what its checksum was made of. */
export class BatchChecksumError extends WireError {}

/** A message is not what its checksum was made of. */
export class MessageChecksumError extends WireError {}

/** XXH3-64 of a message frame without its own checksum (iggy-vsr-0.11 §5.2). */
export function frameChecksum(batch: Buffer, at: number, end: number): bigint {
  return xxh3(batch.subarray(at + CHECKSUM_BYTES, end));
}

/** XXH3-64 of the header's fields but the checksum, then of each frame's checksum (iggy-vsr-0.11 §5.1). */
export function batchChecksum(batch: Buffer): bigint {
  const hashed = new ByteWriter();
  hashed.bytes(batch.subarray(0, BATCH_CHECKSUM_AT)).u32(batch.readUInt32LE(MESSAGE_COUNT_AT));
  for (let at = BATCH_HEADER_BYTES; at < batch.length; at = frameEnd(batch, at)) {
    hashed.bytes(batch.subarray(at, at + CHECKSUM_BYTES));
  }
  return xxh3(hashed.finish());
}

/** Writes the checksum of every frame in place. */
export function sealFrames(batch: Buffer): void {
  let at = BATCH_HEADER_BYTES;
  while (at < batch.length) {
    const end = frameEnd(batch, at);
    batch.writeBigUInt64LE(frameChecksum(batch, at, end), at);
    at = end;
  }
}

/** Writes the checksum of the batch in place; those of its frames must be there. */
export function sealBatch(batch: Buffer): void {
  batch.writeBigUInt64LE(batchChecksum(batch), BATCH_CHECKSUM_AT);
}
