import { ByteReader, ByteWriter, WireError } from '../bytes.ts';
import {
  BatchChecksumError,
  isBatchSound,
  isFrameSound,
  MessageChecksumError,
  sealBatch,
  sealFrames,
} from './batch-checksum.ts';
import {
  BASE_OFFSET_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  type BatchHeader,
  PARTITION_ID_AT,
  readBatchHeader,
  writeBatchHeader,
} from './batch-header.ts';
import {
  checkFrameReserved,
  FRAME_HEADER_BYTES,
  frameEnd,
  frameOffsetDelta,
  writeMessageFrame,
} from './message-frame.ts';

const TIMESTAMP_DELTA_MAX = 0xffff_ffffn;

/** A message as its producer has it. */
export interface BatchMessage {
  /** u128. The wire allows 0, but it names nothing. */
  id: bigint;
  /** Microseconds since the Unix epoch. */
  originTimestamp: bigint;
  payload: Uint8Array;
  /** Encoded, see user-headers.ts; may be empty. */
  userHeaders: Uint8Array;
}

/**
 * The batch of a send request: a batch header, then one message frame after the other, in one buffer.
 *
 * Throws WireError if there is no message, or if two origin timestamps lie further apart than 2^32
 * microseconds (71 minutes): the layout has no room for more.
 */
export function encodeBatch(messages: readonly BatchMessage[]): Buffer {
  const originTimestamp = oldestOrigin(messages);
  const batchBytes = messages.reduce(addFrameBytes, BATCH_HEADER_BYTES);
  const out = new ByteWriter(batchBytes);
  writeBatchHeader(out, {
    partitionId: 0n,
    baseOffset: 0n,
    baseTimestamp: 0n,
    originTimestamp,
    batchLength: BigInt(batchBytes),
    batchChecksum: 0n,
    messageCount: messages.length,
  });
  for (const [offsetDelta, message] of messages.entries()) {
    const timestampDelta = narrowDelta(message.originTimestamp - originTimestamp);
    const { id, payload, userHeaders } = message;
    writeMessageFrame(out, { checksum: 0n, id, offsetDelta, timestampDelta, payload, userHeaders });
  }
  const batch = out.finish();
  sealFrames(batch);
  sealBatch(batch);
  return batch;
}

function oldestOrigin(messages: readonly BatchMessage[]): bigint {
  let oldest: bigint | undefined;
  for (const { originTimestamp } of messages) {
    if (oldest === undefined || originTimestamp < oldest) oldest = originTimestamp;
  }
  if (oldest === undefined) throw new WireError('a batch needs a message');
  return oldest;
}

function addFrameBytes(sum: number, { payload, userHeaders }: BatchMessage): number {
  return sum + FRAME_HEADER_BYTES + payload.length + userHeaders.length;
}

function narrowDelta(deltaMicros: bigint): number {
  if (deltaMicros <= TIMESTAMP_DELTA_MAX) return Number(deltaMicros);
  throw new WireError(`messages of one batch lie ${deltaMicros} microseconds apart`);
}

/**
 * A server's admission of a batch (iggy-vsr-0.11 §3.5): the layout is exact, nothing reserved is in
 * use, every checksum holds, the messages are as many as announced and numbered from 0. The numbers
 * the official server does not check, and then serves wrong offsets.
 *
 * Throws MessageChecksumError, BatchChecksumError, or WireError for all the rest.
 */
export function checkBatch(batch: Buffer, messagesCount: number): BatchHeader {
  const header = readBatchHeader(new ByteReader(batch));
  if (header.batchLength !== BigInt(batch.length)) {
    throw new WireError(`a batch of ${batch.length} bytes declares ${header.batchLength}`);
  }
  const found = checkFrames(batch);
  if (found === 0 || found !== header.messageCount || found !== messagesCount) {
    throw new WireError(
      `${found} messages, where ${header.messageCount} and ${messagesCount} are declared`,
    );
  }
  if (!isBatchSound(batch)) {
    throw new BatchChecksumError('the batch does not match its checksum');
  }
  return header;
}

/** Returns how many frames there are. */
function checkFrames(batch: Buffer): number {
  let index = 0;
  let at = BATCH_HEADER_BYTES;
  while (at < batch.length) {
    const end = frameEnd(batch, at);
    checkFrameReserved(batch, at);
    if (!isFrameSound(batch, at, end)) {
      throw new MessageChecksumError(`message ${index} does not match its checksum`);
    }
    const offsetDelta = frameOffsetDelta(batch, at);
    if (offsetDelta !== index) throw new WireError(`message ${index} has number ${offsetDelta}`);
    index += 1;
    at = end;
  }
  return index;
}

/** What a server adds to a batch when it stores it. */
export interface BatchStamp {
  partitionId: number;
  /** Of the first message. */
  baseOffset: bigint;
  /** Microseconds since the Unix epoch. */
  baseTimestamp: bigint;
}

/**
 * The batch as it is stored: a copy with the stamp and a new checksum in its header, the frames as
 * they were sent. A copy, because what was sent may still be the sender's, or a view of more. Takes
 * only what `checkBatch` has admitted.
 */
export function stampBatch(batch: Buffer, stamp: BatchStamp): Buffer {
  const stored = Buffer.from(batch);
  stored.writeBigUInt64LE(BigInt(stamp.partitionId), PARTITION_ID_AT);
  stored.writeBigUInt64LE(stamp.baseOffset, BASE_OFFSET_AT);
  stored.writeBigUInt64LE(stamp.baseTimestamp, BASE_TIMESTAMP_AT);
  sealBatch(stored);
  return stored;
}
