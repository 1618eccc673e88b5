import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

/** Which partition takes a batch. */
export type Partitioning =
  /** The server takes them in turn. */
  | { kind: 'balanced' }
  | { kind: 'partition_id'; value: number }
  /** XXH32 of the key modulo the partitions; 1..=255 bytes. */
  | { kind: 'messages_key'; value: Buffer };

const KIND_BALANCED = 1;
const KIND_PARTITION_ID = 2;
const KIND_MESSAGES_KEY = 3;
const PARTITION_ID_BYTES = 4;

/**
 * Partitioning (iggy-vsr-0.11 §4):
 *
 *     kind    u8      1 = balanced, 2 = partition id, 3 = messages key
 *     length  u8      0, 4, or 1..=255
 *     value   bytes   nothing, u32, or the key
 */
export function writePartitioning(out: ByteWriter, partitioning: Partitioning): void {
  switch (partitioning.kind) {
    case 'balanced':
      out.u8(KIND_BALANCED).u8(0);
      break;
    case 'partition_id':
      out.u8(KIND_PARTITION_ID).u8(PARTITION_ID_BYTES).u32(partitioning.value);
      break;
    case 'messages_key':
      if (partitioning.value.length === 0) throw new WireError('messages key is empty');
      out.u8(KIND_MESSAGES_KEY).u8(partitioning.value.length).bytes(partitioning.value);
      break;
  }
}

export function readPartitioning(input: ByteReader): Partitioning {
  const kind = input.u8();
  const length = input.u8();
  switch (kind) {
    case KIND_BALANCED:
      if (length !== 0) throw new WireError(`balanced partitioning with ${length} bytes`);
      return { kind: 'balanced' };
    case KIND_PARTITION_ID:
      if (length !== PARTITION_ID_BYTES) throw new WireError(`partition id of ${length} bytes`);
      return { kind: 'partition_id', value: input.u32() };
    case KIND_MESSAGES_KEY:
      if (length === 0) throw new WireError('messages key is empty');
      return { kind: 'messages_key', value: input.bytes(length) };
    default:
      throw new WireError(`partitioning kind ${kind} is not 1..=3`);
  }
}
