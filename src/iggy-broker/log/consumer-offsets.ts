import { STATUS } from '../../iggy-protocol/index.ts';
import { notAdmitted, Refusal } from '../refusal.ts';
import type { Durability, Storage } from '../storage.ts';

/** As on the wire. Both kinds share a table; each is limited for itself. */
export const CONSUMER_KIND = 1;
export const GROUP_KIND = 2;

/** How far each consumer of one kind has got in one partition: in memory, and written through. */
export class ConsumerOffsets {
  readonly #storage: Storage;
  readonly #kind: number;
  readonly #offsetsMax: number;
  readonly #offsets = new Map<number, bigint>();
  #partitionKey: number;

  constructor(storage: Storage, kind: number, partitionKey: number, offsetsMax: number) {
    this.#storage = storage;
    this.#kind = kind;
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

  /** Of the consumer that is furthest behind; undefined if nobody stored one. */
  lowest(): bigint | undefined {
    let lowest: bigint | undefined;
    for (const offset of this.#offsets.values()) {
      if (lowest === undefined || offset < lowest) lowest = offset;
    }
    return lowest;
  }

  /** Throws the refusal that storing an offset for `consumerId` would meet (iggy-vsr-0.11 §0 row 4). */
  checkRoomFor(consumerId: number): void {
    this.#checkStorage();
    if (this.#offsets.has(consumerId) || this.#offsets.size < this.#offsetsMax) return;
    throw new Refusal(STATUS.TooManyConsumerOffsets);
  }

  set(consumerId: number, offset: bigint, durability: Durability): void {
    this.checkRoomFor(consumerId);
    this.#offsets.set(consumerId, offset);
    const partitionKey = this.#partitionKey;
    this.#storage.putConsumerOffset(
      { partitionKey, kind: this.#kind, consumerId, offset },
      durability,
    );
  }

  /** False if there was nothing to forget. */
  delete(consumerId: number, durability: Durability): boolean {
    if (!this.#offsets.has(consumerId)) return false;
    this.#checkStorage();
    this.#offsets.delete(consumerId);
    const partitionKey = this.#partitionKey;
    this.#storage.deleteConsumerOffset({ partitionKey, kind: this.#kind, consumerId }, durability);
    return true;
  }

  /** Offsets take no space worth mentioning; but where nothing can be written, they cannot either. */
  #checkStorage(): void {
    if (this.#storage.room === 'none') throw notAdmitted(STATUS.TransientNotAccepted);
  }

  /** Storage has forgotten it already. */
  forget(consumerId: number): void {
    this.#offsets.delete(consumerId);
  }

  /** After the partition was purged: storage has forgotten the old key with all its offsets. */
  startAnew(partitionKey: number): void {
    this.#partitionKey = partitionKey;
    this.#offsets.clear();
  }
}
