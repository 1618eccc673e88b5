import { xxh32 } from '../iggy-protocol/index.ts';
import { LruMap } from './lru-map.ts';

/** Where the official SDKs send a key: XXH32 of its UTF-8, modulo the partitions (iggy-vsr-0.11 §6). */
export function keyPartition(key: string, partitionsCount: number): number {
  return xxh32(Buffer.from(key, 'utf8')) % partitionsCount;
}

/** The partitions of each topic in turn, from 0, as the official SDKs do it (iggy-vsr-0.11 §6). */
export class RoundRobin {
  readonly #next: LruMap<string, number>;

  /** @param topicsMax Topics whose turn is remembered; one that was forgotten starts at 0 again. */
  constructor(topicsMax: number) {
    this.#next = new LruMap(topicsMax);
  }

  next(topic: string, partitionsCount: number): number {
    // The count may have shrunk since the last turn.
    const partition = (this.#next.get(topic) ?? 0) % partitionsCount;
    this.#next.set(topic, partition + 1);
    return partition;
  }
}
