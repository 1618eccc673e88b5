import { type ByteReader, type ByteWriter, WireError } from '../bytes.ts';

/** UTF-8, refused rather than altered where the text has none: a lone surrogate would turn into U+FFFD. */
export function encodeText(text: string): Buffer {
  if (!text.isWellFormed()) throw new WireError('text has a lone surrogate');
  return Buffer.from(text, 'utf8');
}

/**
 * Name (`NAME` in iggy-vsr-0.11 §3):
 *
 *     length  u8      1..=255
 *     value   bytes   UTF-8
 */
export function writeName(out: ByteWriter, name: string): void {
  const bytes = encodeText(name);
  if (bytes.length === 0) throw new WireError('name is empty');
  out.u8(bytes.length).bytes(bytes);
}

export function readName(input: ByteReader): string {
  const length = input.u8();
  if (length === 0) throw new WireError('name is empty');
  return input.utf8(length);
}

/**
 * Short text (`S8`), such as a password:
 *
 *     length  u8      0..=255
 *     value   bytes   UTF-8
 */
export function writeShortText(out: ByteWriter, text: string): void {
  const bytes = encodeText(text);
  out.u8(bytes.length).bytes(bytes);
}

export function readShortText(input: ByteReader): string {
  return input.utf8(input.u8());
}

/**
 * Long text (`S32`):
 *
 *     length  u32
 *     value   bytes   UTF-8
 */
export function writeLongText(out: ByteWriter, text: string): void {
  const bytes = encodeText(text);
  out.u32(bytes.length).bytes(bytes);
}

export function readLongText(input: ByteReader): string {
  return input.utf8(input.u32());
}
