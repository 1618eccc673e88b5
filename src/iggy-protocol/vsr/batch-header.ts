import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

export const BATCH_HEADER_BYTES = 256;
/** Where the header has the fields that its owner overwrites in place. */
export const PARTITION_ID_AT = 0;
export const BASE_OFFSET_AT = 8;
export const BASE_TIMESTAMP_AT = 16;
export const BATCH_LENGTH_AT = 32;
export const BATCH_CHECKSUM_AT = 40;
export const MESSAGE_COUNT_AT = 48;

const RESERVED_BYTES = 204;
const ZEROS = Buffer.alloc(RESERVED_BYTES);

export interface BatchHeader {
  /** This and the next two are 0 until the server stores the batch. */
  partitionId: bigint;
  /** Offset of the message whose delta is 0, whether it is in this record or not. */
  baseOffset: bigint;
  /** When it was stored; microseconds since the Unix epoch. */
  baseTimestamp: bigint;
  /** Of the oldest message, as its producer has it; microseconds since the Unix epoch. */
  originTimestamp: bigint;
  /** Header and frames, in bytes. */
  batchLength: bigint;
  batchChecksum: bigint;
  messageCount: number;
}

/**
 * Batch header (iggy-vsr-0.11 §5.1):
 *
 *     partition_id      u64
 *     base_offset       u64
 *     base_timestamp    u64
 *     origin_timestamp  u64
 *     batch_length      u64     256 + frames
 *     batch_checksum    u64
 *     message_count     u32
 *     reserved          204     must be 0
 */
export function writeBatchHeader(out: ByteWriter, header: BatchHeader): void {
  out.u64(header.partitionId).u64(header.baseOffset).u64(header.baseTimestamp);
  out.u64(header.originTimestamp).u64(header.batchLength).u64(header.batchChecksum);
  out.u32(header.messageCount).zeros(RESERVED_BYTES);
}

export function readBatchHeader(input: ByteReader): BatchHeader {
  const header = {
    partitionId: input.u64(),
    baseOffset: input.u64(),
    baseTimestamp: input.u64(),
    originTimestamp: input.u64(),
    batchLength: input.u64(),
    batchChecksum: input.u64(),
    messageCount: input.u32(),
  };
  if (!input.bytes(RESERVED_BYTES).equals(ZEROS)) {
    throw new WireError('reserved bytes of a batch header are not 0');
  }
  if (header.batchLength < BATCH_HEADER_BYTES) {
    throw new WireError(`a batch of ${header.batchLength} bytes is shorter than its header`);
  }
  return header;
}
