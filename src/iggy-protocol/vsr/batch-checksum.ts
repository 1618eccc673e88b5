import { WireError } from '../bytes.ts';
import { isXxh3, writeXxh3, XXH3_BYTES } from '../hash.ts';
import { BATCH_CHECKSUM_AT, BATCH_HEADER_BYTES, MESSAGE_COUNT_AT } from './batch-header.ts';
import { FRAME_HEADER_BYTES, frameEnd } from './message-frame.ts';

/** The batch as a whole is not what its checksum was made of. */
export class BatchChecksumError extends WireError {}

/** A message is not what its checksum was made of. */
export class MessageChecksumError extends WireError {}

/** Whether a message frame has the XXH3-64 of all that follows in it (iggy-vsr-0.11 §5.2). */
export function isFrameSound(batch: Buffer, at: number, end: number): boolean {
  return isXxh3(batch.subarray(at + XXH3_BYTES, end), batch, at);
}

/** Whether the header has the checksum of the batch. */
export function isBatchSound(batch: Buffer): boolean {
  return isXxh3(hashedParts(batch), batch, BATCH_CHECKSUM_AT);
}

/** Writes the checksum of every frame in place. */
export function sealFrames(batch: Buffer): void {
  let at = BATCH_HEADER_BYTES;
  while (at < batch.length) {
    const end = frameEnd(batch, at);
    writeXxh3(batch.subarray(at + XXH3_BYTES, end), batch, at);
    at = end;
  }
}

/** Writes the checksum of the batch in place; those of its frames must be there. */
export function sealBatch(batch: Buffer): void {
  writeXxh3(hashedParts(batch), batch, BATCH_CHECKSUM_AT);
}

/**
 * What the checksum of a batch is made of: the header's fields but the checksum, then each frame's
 * checksum (iggy-vsr-0.11 §5.1).
 */
function hashedParts(batch: Buffer): Buffer {
  const framesAt = BATCH_CHECKSUM_AT + 4;
  const framesMax = Math.ceil((batch.length - BATCH_HEADER_BYTES) / FRAME_HEADER_BYTES);
  const hashed = Buffer.allocUnsafe(framesAt + framesMax * XXH3_BYTES);
  batch.copy(hashed, 0, 0, BATCH_CHECKSUM_AT);
  batch.copy(hashed, BATCH_CHECKSUM_AT, MESSAGE_COUNT_AT, MESSAGE_COUNT_AT + 4);
  let length = framesAt;
  for (let at = BATCH_HEADER_BYTES; at < batch.length; at = frameEnd(batch, at)) {
    for (let index = 0; index < XXH3_BYTES; index += 1) {
      hashed[length + index] = batch[at + index] ?? 0;
    }
    length += XXH3_BYTES;
  }
  return hashed.subarray(0, length);
}
