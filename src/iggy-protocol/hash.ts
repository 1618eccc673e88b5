import { createXXHash3, createXXHash32 } from 'hash-wasm';

// One hasher of each kind, used over and over: making one costs more than hashing a small message.
const hasher64 = await createXXHash3();
const hasher32 = await createXXHash32();

export const XXH3_BYTES = 8;

/** XXH3-64 with seed 0: the checksum of messages, batches and request bodies. */
export function xxh3(bytes: Uint8Array): bigint {
  const digest = digest64(bytes);
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).readBigUInt64BE();
}

/** Big-endian. */
function digest64(bytes: Uint8Array): Uint8Array {
  return hasher64.init().update(bytes).digest('binary');
}

/**
 * Writes the same into `target`, little-endian, as the wire has it. For the many checksums of a batch: as
 * an integer each would cost three times as much.
 */
export function writeXxh3(bytes: Uint8Array, target: Uint8Array, at: number): void {
  const digest = digest64(bytes);
  for (let index = 0; index < XXH3_BYTES; index += 1) {
    target[at + index] = digest[XXH3_BYTES - 1 - index] ?? 0;
  }
}

/** Whether `target` has at `at` what `writeXxh3` would write there. */
export function isXxh3(bytes: Uint8Array, target: Uint8Array, at: number): boolean {
  const digest = digest64(bytes);
  for (let index = 0; index < XXH3_BYTES; index += 1) {
    if (target[at + index] !== digest[XXH3_BYTES - 1 - index]) return false;
  }
  return true;
}

/** XXH32 with seed 0: what picks the partition of a key, and the number of a named consumer. */
export function xxh32(bytes: Uint8Array): number {
  const digest = hasher32.init().update(bytes).digest('binary');
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).readUInt32BE();
}
