import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

export const FRAME_HEADER_BYTES = 48;
const OFFSET_DELTA_AT = 24;
const USER_HEADERS_LENGTH_AT = 32;
const PAYLOAD_LENGTH_AT = 36;
const RESERVED_AT = 40;

/** One message inside a batch. */
export interface MessageFrame {
  checksum: bigint;
  /** u128, the producer's. */
  id: bigint;
  /** Offset minus the batch's base offset. */
  offsetDelta: number;
  /** Origin timestamp minus the batch's, in microseconds. */
  timestampDelta: number;
  payload: Uint8Array;
  /** Encoded; see user-headers.ts. */
  userHeaders: Uint8Array;
}

/**
 * Message frame (iggy-vsr-0.11 §5.2):
 *
 *     checksum             u64     XXH3-64 of all that follows
 *     id                   u128
 *     offset_delta         u32
 *     timestamp_delta      u32
 *     user_headers_length  u32
 *     payload_length       u32
 *     reserved             u64     must be 0
 *     payload              bytes
 *     user_headers         bytes
 */
export function writeMessageFrame(out: ByteWriter, frame: MessageFrame): void {
  const { payload, userHeaders } = frame;
  out.u64(frame.checksum).u128(frame.id).u32(frame.offsetDelta).u32(frame.timestampDelta);
  out.u32(userHeaders.length).u32(payload.length).u64(0n);
  out.bytes(payload).bytes(userHeaders);
}

export function readMessageFrame(input: ByteReader) {
  const checksum = input.u64();
  const id = input.u128();
  const offsetDelta = input.u32();
  const timestampDelta = input.u32();
  const userHeadersLength = input.u32();
  const payloadLength = input.u32();
  if (input.u64() !== 0n) throw new WireError('reserved bytes of a message are not 0');
  const payload = input.bytes(payloadLength);
  const userHeaders = input.bytes(userHeadersLength);
  return { checksum, id, offsetDelta, timestampDelta, payload, userHeaders };
}

/** Where the frame at `at` ends, for walking over a batch without decoding it. */
export function frameEnd(batch: Buffer, at: number): number {
  const bytesLeft = batch.length - at;
  if (bytesLeft < FRAME_HEADER_BYTES) throw new WireError(`message cut off at ${at}`);
  const payloadBytes = batch.readUInt32LE(at + PAYLOAD_LENGTH_AT);
  const userHeadersBytes = batch.readUInt32LE(at + USER_HEADERS_LENGTH_AT);
  const frameBytes = FRAME_HEADER_BYTES + payloadBytes + userHeadersBytes;
  if (frameBytes > bytesLeft) throw new WireError(`message cut off at ${at}`);
  return at + frameBytes;
}

export function frameOffsetDelta(batch: Buffer, at: number): number {
  return batch.readUInt32LE(at + OFFSET_DELTA_AT);
}

export function checkFrameReserved(batch: Buffer, at: number): void {
  const reserved = batch.readUInt32LE(at + RESERVED_AT) | batch.readUInt32LE(at + RESERVED_AT + 4);
  if (reserved !== 0) throw new WireError('reserved bytes of a message are not 0');
}
