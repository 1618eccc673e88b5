import type { ConsumerGroup } from './consumer-group.ts';

const NONE: readonly ConsumerGroup[] = [];

/** Who is in which groups, over all topics, so that a client that goes is taken out of them at once. */
export class Memberships {
  readonly #byClient = new Map<bigint, Set<ConsumerGroup>>();
  /** Groups in which a partition is being handed over. */
  readonly #handingOver = new Set<ConsumerGroup>();

  /** In the order of streams, topics and groups. */
  of(clientId: bigint): readonly ConsumerGroup[] {
    const groups = this.#byClient.get(clientId);
    // Asked before every request, and most clients are in none.
    if (groups === undefined) return NONE;
    return [...groups].toSorted(
      (one, other) =>
        one.topic.streamId - other.topic.streamId ||
        one.topic.topicId - other.topic.topicId ||
        one.id - other.id,
    );
  }

  has(clientId: bigint): boolean {
    return this.#byClient.has(clientId);
  }

  add(clientId: bigint, group: ConsumerGroup): void {
    const groups = this.#byClient.get(clientId);
    if (groups === undefined) this.#byClient.set(clientId, new Set([group]));
    else groups.add(group);
  }

  remove(clientId: bigint, group: ConsumerGroup): void {
    const groups = this.#byClient.get(clientId);
    groups?.delete(group);
    if (groups?.size === 0) this.#byClient.delete(clientId);
  }

  /** The client is gone, and so it leaves every group it was in (iggy-vsr-0.11 §2.7). */
  release(clientId: bigint): void {
    for (const group of this.of(clientId)) group.leave(clientId);
  }

  /** Of `group`, whether a partition is being handed over in it. */
  noteHandovers(group: ConsumerGroup, exist: boolean): void {
    if (exist) this.#handingOver.add(group);
    else this.#handingOver.delete(group);
  }

  /** Finishes what was committed in the meantime, or has taken longer than it may. */
  finishHandovers(nowMicros: bigint): void {
    for (const group of this.#handingOver) group.finishHandovers(nowMicros);
  }
}
