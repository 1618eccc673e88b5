import { type Identifier, STATUS } from '../../iggy-protocol/index.ts';
import { Refusal } from '../refusal.ts';
import { Registry } from '../registry.ts';
import type { Storage } from '../storage.ts';
import { ConsumerGroup, type GroupLimits, type GroupParts } from './consumer-group.ts';

export interface TopicGroupsParts extends GroupParts {
  readonly storage: Storage;
  readonly limits: GroupLimits & {
    /** One more is refused with 5. */
    readonly groupsPerTopicMax: number;
  };
}

/** The consumer groups of one topic: in memory, and their definitions written through. */
export class TopicGroups {
  readonly #parts: TopicGroupsParts;
  readonly #groups = new Registry<ConsumerGroup>();
  #nextId = 0;

  constructor(parts: TopicGroupsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#groups.size;
  }

  find(identifier: Identifier): ConsumerGroup | undefined {
    return this.#groups.find(identifier);
  }

  list(): ConsumerGroup[] {
    return this.#groups.list();
  }

  /** What storage had; not written again. */
  restore(id: number, name: string): void {
    this.#groups.add(new ConsumerGroup(id, name, this.#parts));
  }

  /** The id that the next group gets, as storage remembers it. */
  restoreNextId(nextId: number): void {
    this.#nextId = nextId;
  }

  create(name: string): ConsumerGroup {
    const { storage, topic, limits } = this.#parts;
    if (this.#groups.hasName(name)) throw new Refusal(STATUS.ConsumerGroupNameAlreadyExists);
    if (this.size >= limits.groupsPerTopicMax) throw new Refusal(STATUS.FeatureUnavailable);
    const group = new ConsumerGroup(this.#nextId, name, this.#parts);
    this.#nextId += 1;
    this.#groups.add(group);
    storage.insertGroup({ topicKey: topic.key, id: group.id, name });
    return group;
  }

  /** With the offsets it stored in the partitions. */
  delete(group: ConsumerGroup): void {
    const { storage, topic } = this.#parts;
    this.#groups.remove(group);
    group.dissolve();
    storage.deleteGroup(topic.key, group.id);
    for (const { groups } of topic.partitions) groups.forget(group.id);
  }

  /** To be called after the topic's partitions have become others. */
  dealAnew(): void {
    for (const group of this.#groups) group.dealAnew();
  }

  /** The topic is gone. Storage knows that already. */
  dissolve(): void {
    for (const group of this.#groups) group.dissolve();
  }
}
