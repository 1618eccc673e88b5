import { STATUS } from '../../iggy-protocol/index.ts';
import { Refusal } from '../refusal.ts';
import type { Durability, Storage } from '../storage.ts';

/** As on the wire. Groups come with their own rules, and share this table. */
export const CONSUMER_KIND = 1;

/** How far each consumer has got in one partition: in memory, and written through. */
export class ConsumerOffsets {
  readonly #storage: Storage;
  readonly #offsetsMax: number;
  readonly #offsets = new Map<number, bigint>();
  #partitionKey: number;

  constructor(storage: Storage, partitionKey: number, offsetsMax: number) {
    this.#storage = storage;
    this.#partitionKey = partitionKey;
    this.#offsetsMax = offsetsMax;
  }

  /** What storage had; not written again. */
  restore(consumerId: number, offset: bigint): void {
    this.#offsets.set(consumerId, offset);
  }

  get(consumerId: number): bigint | undefined {
    return this.#offsets.get(consumerId);
  }

  /** Throws the refusal that storing an offset for `consumerId` would meet (iggy-vsr-0.11 §0 row 4). */
  checkRoomFor(consumerId: number): void {
    if (this.#offsets.has(consumerId) || this.#offsets.size < this.#offsetsMax) return;
    throw new Refusal(STATUS.TooManyConsumerOffsets);
  }

  set(consumerId: number, offset: bigint, durability: Durability): void {
    this.checkRoomFor(consumerId);
    this.#offsets.set(consumerId, offset);
    const partitionKey = this.#partitionKey;
    this.#storage.putConsumerOffset(
      { partitionKey, kind: CONSUMER_KIND, consumerId, offset },
      durability,
    );
  }

  /** False if there was nothing to forget. */
  delete(consumerId: number, durability: Durability): boolean {
    if (!this.#offsets.delete(consumerId)) return false;
    const partitionKey = this.#partitionKey;
    this.#storage.deleteConsumerOffset(
      { partitionKey, kind: CONSUMER_KIND, consumerId },
      durability,
    );
    return true;
  }

  /** After the partition was purged: storage has forgotten the old key with all its offsets. */
  startAnew(partitionKey: number): void {
    this.#partitionKey = partitionKey;
    this.#offsets.clear();
  }
}
