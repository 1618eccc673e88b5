import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

/** A typed value of options and user headers. Its bytes are kept as they are, whatever the kind. */
export interface TypedBytes {
  /** 1..=255; what the known ones mean is in iggy-vsr-0.11 §5.4. */
  kind: number;
  /** 1..=255 bytes. */
  value: Buffer;
}

const VALUE_BYTES_MAX = 255;

/**
 * One typed value (iggy-vsr-0.11 §5.4):
 *
 *     kind    u8      not 0
 *     length  u32     1..=255
 *     value   bytes
 */
export function writeTypedBytes(out: ByteWriter, { kind, value }: TypedBytes): void {
  checkTypedBytes(kind, value.length);
  out.u8(kind).u32(value.length).bytes(value);
}

export function readTypedBytes(input: ByteReader): TypedBytes {
  const kind = input.u8();
  const length = input.u32();
  checkTypedBytes(kind, length);
  return { kind, value: input.bytes(length) };
}

function checkTypedBytes(kind: number, length: number): void {
  if (kind === 0) throw new WireError('kind 0 is reserved');
  if (length === 0 || length > VALUE_BYTES_MAX) {
    throw new WireError(`a typed value has ${length} bytes, not 1..=${VALUE_BYTES_MAX}`);
  }
}
