import { ByteReader, ByteWriter } from '../bytes.ts';
import { readToEnd } from './sequence.ts';
import { readTypedBytes, type TypedBytes, writeTypedBytes } from './tlv.ts';

/** One header of a message. Keys need not be strings, nor unique; both sides are kept as raw bytes. */
export interface UserHeader {
  key: TypedBytes;
  value: TypedBytes;
}

/**
 * User headers (iggy-vsr-0.11 §5.4), pairs of typed values to the end:
 *
 *     key     typed bytes
 *     value   typed bytes
 */
export function encodeUserHeaders(headers: readonly UserHeader[]): Buffer {
  const out = new ByteWriter();
  for (const { key, value } of headers) {
    writeTypedBytes(out, key);
    writeTypedBytes(out, value);
  }
  return out.finish();
}

/** The values are views of `block`. Kinds this version does not know are kept, too. */
export function decodeUserHeaders(block: Buffer): UserHeader[] {
  return readToEnd(new ByteReader(block), (input) => ({
    key: readTypedBytes(input),
    value: readTypedBytes(input),
  }));
}
