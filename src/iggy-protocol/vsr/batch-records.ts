import { ByteReader, WireError } from '../bytes.ts';
import { sealBatch } from './batch-checksum.ts';
import {
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_AT,
  type BatchHeader,
  MESSAGE_COUNT_AT,
  readBatchHeader,
} from './batch-header.ts';
import { frameEnd, frameOffsetDelta, readMessageFrame } from './message-frame.ts';
import { readToEnd } from './sequence.ts';

const NOTHING = Buffer.alloc(0);

/** Some messages of a stored batch, in a batch record of their own. */
export interface BatchSlice {
  /** Empty if no message is in range; the stored batch itself, not a copy, if all are. */
  record: Buffer;
  count: number;
  /** Of the last message in the record; `fromOffset - 1` if there is none. */
  lastOffset: bigint;
}

/**
 * What a poll serves of one stored batch: up to `countMax` messages from `fromOffset` on. A record of
 * its own keeps the batch's base offset and timestamps, and has its own length, count and checksum
 * (iggy-vsr-0.11 §5.3). `stored` must be whole and sound, as `stampBatch` left it.
 */
export function sliceBatch(stored: Buffer, fromOffset: bigint, countMax: number): BatchSlice {
  const { baseOffset } = readBatchHeader(new ByteReader(stored));
  let start = BATCH_HEADER_BYTES;
  while (start < stored.length && frameOffset(stored, start, baseOffset) < fromOffset) {
    start = frameEnd(stored, start);
  }
  let end = start;
  let count = 0;
  let lastOffset = fromOffset - 1n;
  while (end < stored.length && count < countMax) {
    lastOffset = frameOffset(stored, end, baseOffset);
    end = frameEnd(stored, end);
    count += 1;
  }
  return { record: cutRecord(stored, start, end, count), count, lastOffset };
}

function frameOffset(stored: Buffer, at: number, baseOffset: bigint): bigint {
  return baseOffset + BigInt(frameOffsetDelta(stored, at));
}

function cutRecord(stored: Buffer, start: number, end: number, count: number): Buffer {
  if (count === 0) return NOTHING;
  if (start === BATCH_HEADER_BYTES && end === stored.length) return stored;
  const header = stored.subarray(0, BATCH_HEADER_BYTES);
  const record = Buffer.concat([header, stored.subarray(start, end)]);
  record.writeBigUInt64LE(BigInt(record.length), BATCH_LENGTH_AT);
  record.writeUInt32LE(count, MESSAGE_COUNT_AT);
  sealBatch(record);
  return record;
}

/** A message as a consumer gets it. */
export interface PolledMessage {
  /** XXH3-64 of the frame, as stored; not verified, as no official client does. */
  checksum: bigint;
  id: bigint;
  offset: bigint;
  /** When the server stored it; the same for a whole batch. Microseconds since the Unix epoch. */
  timestamp: bigint;
  /** The producer's. Microseconds since the Unix epoch. */
  originTimestamp: bigint;
  payload: Buffer;
  userHeaders: Buffer;
}

/** The messages of a poll reply: batch records, one after the other. Payloads are views of them. */
export function readRecords(records: Buffer): PolledMessage[] {
  return readToEnd(new ByteReader(records), readRecord).flat();
}

function readRecord(input: ByteReader): PolledMessage[] {
  const header = readBatchHeader(input);
  const frames = new ByteReader(input.bytes(Number(header.batchLength) - BATCH_HEADER_BYTES));
  const messages = readToEnd(frames, (frame) => readPolledMessage(header, frame));
  if (messages.length !== header.messageCount) {
    throw new WireError(`${messages.length} messages, where ${header.messageCount} are declared`);
  }
  return messages;
}

function readPolledMessage(header: BatchHeader, input: ByteReader): PolledMessage {
  const { offsetDelta, timestampDelta, checksum, id, payload, userHeaders } =
    readMessageFrame(input);
  return {
    checksum,
    id,
    offset: header.baseOffset + BigInt(offsetDelta),
    timestamp: header.baseTimestamp,
    originTimestamp: header.originTimestamp + BigInt(timestampDelta),
    payload,
    userHeaders,
  };
}
