import { decodeUserHeaders, encodeUserHeaders, WireError } from '../iggy-protocol/index.ts';

/** The kind of keys and values that are text (iggy-vsr-0.11 §5.4). */
const KIND_STRING = 2;

/** User headers whose keys and values are text of 1..=255 bytes, encoded. */
export function encodeTextHeaders(headers: Readonly<Record<string, string>>): Buffer {
  return encodeUserHeaders(
    Object.entries(headers).map(([key, value]) => ({
      key: { kind: KIND_STRING, value: Buffer.from(key) },
      value: { kind: KIND_STRING, value: Buffer.from(value) },
    })),
  );
}

/**
 * The first header with this key, if both are text. Headers are the producer's affair: those that
 * cannot be read are as good as none, and the message is there all the same.
 */
export function findTextHeader(encoded: Buffer, name: string): string | undefined {
  if (encoded.length === 0) return undefined;
  try {
    const header = decodeUserHeaders(encoded).find(
      ({ key, value }) =>
        key.kind === KIND_STRING && value.kind === KIND_STRING && key.value.toString() === name,
    );
    return header?.value.value.toString();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return undefined;
  }
}
