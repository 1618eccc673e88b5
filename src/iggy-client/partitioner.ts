import { xxh32 } from '../iggy-protocol/index.ts';
import { LruMap } from './lru-map.ts';

/** Where the official SDKs send a key: XXH32 of its UTF-8, modulo the partitions (iggy-vsr-0.11 §6). */
export function keyPartition(key: string, partitionsCount: number): number {
  return xxh32(Buffer.from(key, 'utf8')) % partitionsCount;
}

interface Turn {
  partitionId: number;
  /** Where what came last gathers. */
  gathering: number | undefined;
}

/**
 * The partitions of each topic in turn, from 0, as the official SDKs do it (iggy-vsr-0.11 §6). But the
 * turn passes on when something leaves: until then what comes gathers in one partition.
 */
export class RoundRobin {
  readonly #turns: LruMap<string, Turn>;

  /** @param topicsMax Topics whose turn is remembered; one that was forgotten starts at 0 again. */
  constructor(topicsMax: number) {
    this.#turns = new LruMap(topicsMax);
  }

  /**
   * The first partition, from the one whose turn it is, with nobody ahead; if there is none, with the
   * fewest: where nothing moves, no more gathers than elsewhere.
   */
  choose(topic: string, partitionsCount: number, ahead: (partitionId: number) => number): number {
    const turn = this.#turnOf(topic);
    // The count may have shrunk since the last turn.
    const first = turn.partitionId % partitionsCount;
    let chosen = first;
    let fewest = ahead(first);
    for (let step = 1; step < partitionsCount && fewest > 0; step += 1) {
      const next = (first + step) % partitionsCount;
      const count = ahead(next);
      if (count < fewest) [chosen, fewest] = [next, count];
    }
    turn.gathering = chosen;
    return chosen;
  }

  /** What has gathered there is on its way. */
  departed(topic: string, partitionId: number): void {
    const turn = this.#turns.get(topic);
    if (turn?.gathering !== partitionId) return;
    turn.partitionId = partitionId + 1;
    turn.gathering = undefined;
  }

  #turnOf(topic: string): Turn {
    const known = this.#turns.get(topic);
    if (known !== undefined) return known;
    const turn = { partitionId: 0, gathering: undefined };
    this.#turns.set(topic, turn);
    return turn;
  }
}
