import { createXXHash3, createXXHash32 } from 'hash-wasm';

// One hasher of each kind, used over and over: making one costs more than hashing a small message.
const hasher64 = await createXXHash3();
const hasher32 = await createXXHash32();

/** XXH3-64 with seed 0: the checksum of messages, batches and request bodies. */
export function xxh3(bytes: Uint8Array): bigint {
  const digest = hasher64.init().update(bytes).digest('binary');
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).readBigUInt64BE();
}

/** XXH32 with seed 0: what picks the partition of a key, and the number of a named consumer. */
export function xxh32(bytes: Uint8Array): number {
  const digest = hasher32.init().update(bytes).digest('binary');
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).readUInt32BE();
}
