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

  /** The first partition, from the one whose turn it is, that is not busy; if all are, that one. */
  choose(topic: string, partitionsCount: number, isBusy: (partitionId: number) => boolean): number {
    const turn = this.#turnOf(topic);
    // The count may have shrunk since the last turn.
    const first = turn.partitionId % partitionsCount;
    let chosen = first;
    for (let step = 0; step < partitionsCount && isBusy(chosen); step += 1) {
      chosen = (first + step + 1) % partitionsCount;
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
