import type { StoredBytes } from '../storage.ts';

/** Each read looks through all of them. */
const BATCHES_MAX = 64;

interface Kept {
  readonly partitionKey: number;
  readonly batch: StoredBytes;
  /** Of the first message behind it. */
  readonly endOffset: bigint;
}

/**
 * The batches of which reads took a part: who reads page by page wants the next part at once, and storage
 * would read all of a large batch again for each. At most `bytesMax` bytes; the ones not used for the
 * longest time go first, and so do in the end those of partitions that are gone: their keys are never
 * asked for again.
 *
 * What is in here is not compared with storage. So it must not outlive a rollback: the offsets, and the
 * keys, of what was rolled back are given to others. The bytes are shared and must not be written to.
 */
export class RecentBatches {
  readonly #bytesMax: number;
  /** The one used last comes first. */
  #kept: Kept[] = [];
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The batch that holds `offset`, if it is here. */
  find(partitionKey: number, offset: bigint): StoredBytes | undefined {
    const kept = this.#kept;
    const index = kept.findIndex((one) => one.partitionKey === partitionKey && holds(one, offset));
    const found = kept[index];
    if (found === undefined) return undefined;
    kept.copyWithin(1, 0, index);
    kept[0] = found;
    return found.batch;
  }

  keep(partitionKey: number, batch: StoredBytes): void {
    const { baseOffset, messageCount, bytes } = batch;
    if (bytes.length > this.#bytesMax) return;
    if (this.find(partitionKey, baseOffset) !== undefined) return;
    this.#kept.unshift({ partitionKey, batch, endOffset: baseOffset + BigInt(messageCount) });
    this.#bytes += bytes.length;
    while (this.#bytes > this.#bytesMax || this.#kept.length > BATCHES_MAX) {
      this.#bytes -= this.#kept.pop()?.batch.bytes.length ?? 0;
    }
  }

  /** Those of the partition that begin before `offset`. */
  forgetBefore(partitionKey: number, offset: bigint): void {
    this.#kept = this.#kept.filter(
      (one) => one.partitionKey !== partitionKey || one.batch.baseOffset >= offset,
    );
    this.#bytes = this.#kept.reduce((sum, { batch }) => sum + batch.bytes.length, 0);
  }
}

function holds({ batch, endOffset }: Kept, offset: bigint): boolean {
  return batch.baseOffset <= offset && offset < endOffset;
}
