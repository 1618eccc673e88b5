import { STATUS } from '../../iggy-protocol/index.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';
import { dealAnew, dealToIdle, handOver, newShare, type Share } from './assignment.ts';
import type { Memberships } from './memberships.ts';

/** What a group must know of its topic. */
export interface GroupTopic {
  /** In storage. */
  readonly key: number;
  readonly streamId: number;
  readonly topicId: number;
  /** The topic's own list, as it is now. */
  readonly partitions: readonly PartitionLog[];
}

export interface GroupLimits {
  /** One more is refused with 5. */
  readonly membersPerGroupMax: number;
  /** See BrokerLimits. */
  readonly handoverMsMax: number;
}

export interface GroupParts {
  readonly topic: GroupTopic;
  readonly memberships: Memberships;
  readonly limits: GroupLimits;
}

/**
 * Clients that share the partitions of one topic (iggy-vsr-0.11 §7). A member is a client id. Nothing of
 * the members outlives the process: whoever comes back has to join again, with a new id.
 */
export class ConsumerGroup {
  /** Never used again in its topic: offsets are stored under it. */
  readonly id: number;
  readonly name: string;
  readonly topic: GroupTopic;
  readonly #memberships: Memberships;
  readonly #limits: GroupLimits;
  /** By client id. */
  readonly #memberIds = new Map<bigint, number>();
  #shares: readonly Share[] = [];
  #generation = 0n;
  #handingOver = false;

  constructor(id: number, name: string, { topic, memberships, limits }: GroupParts) {
    this.id = id;
    this.name = name;
    this.topic = topic;
    this.#memberships = memberships;
    this.#limits = limits;
  }

  /** Grows whenever somebody owns something else than before, or might. */
  get generation(): bigint {
    return this.#generation;
  }

  /** In the order of their ids. */
  get shares(): readonly Share[] {
    return this.#shares;
  }

  /** Undefined for who is not a member. */
  shareOf(clientId: bigint): Share | undefined {
    const memberId = this.#memberIds.get(clientId);
    return this.#shares.find((share) => share.memberId === memberId);
  }

  /** Changes nothing for who is a member. */
  join(clientId: bigint, nowMicros: bigint): void {
    if (this.#memberIds.has(clientId)) return;
    if (this.#memberIds.size >= this.#limits.membersPerGroupMax) {
      throw new Refusal(STATUS.FeatureUnavailable);
    }
    this.#forgetAbandoned();
    const memberId = this.#freeMemberId();
    this.#memberIds.set(clientId, memberId);
    this.#memberships.add(clientId, this);
    const shares = [...this.#shares, newShare(memberId)];
    this.#take(
      dealToIdle(
        shares.toSorted((one, other) => one.memberId - other.memberId),
        {
          partitionsCount: this.topic.partitions.length,
          isInFlight: (partition) => this.#isInFlight(partition),
          nowMicros,
        },
      ),
    );
  }

  /** False if it was not a member. */
  leave(clientId: bigint): boolean {
    const memberId = this.#memberIds.get(clientId);
    if (memberId === undefined) return false;
    this.#memberIds.delete(clientId);
    this.#memberships.remove(clientId, this);
    this.#shares = this.#shares.filter((share) => share.memberId !== memberId);
    this.dealAnew();
    return true;
  }

  /** To be called after the topic's partitions have become others. */
  dealAnew(): void {
    this.#take(dealAnew(this.#shares, this.topic.partitions.length));
  }

  /** Hands over what nothing is in flight of any more, or what has taken longer than it may. */
  finishHandovers(nowMicros: bigint): void {
    if (!this.#handingOver) return;
    const patience = BigInt(this.#limits.handoverMsMax) * 1000n;
    for (const { handovers } of this.#shares) {
      for (const { partition, sinceMicros } of handovers) {
        const isOver = !this.#isInFlight(partition) || nowMicros - sinceMicros >= patience;
        if (isOver) this.#take(handOver(this.#shares, partition));
      }
    }
  }

  /** Takes out everybody; it must not be used any more. */
  dissolve(): void {
    for (const clientId of this.#memberIds.keys()) this.#memberships.remove(clientId, this);
    this.#memberships.noteHandovers(this, false);
    this.#memberIds.clear();
    this.#shares = [];
  }

  #take(shares: readonly Share[]): void {
    this.#shares = shares;
    this.#generation += 1n;
    this.#handingOver = shares.some(({ handovers }) => handovers.length > 0);
    this.#memberships.noteHandovers(this, this.#handingOver);
  }

  #isInFlight(partition: number): boolean {
    return this.topic.partitions[partition]?.groups.isInFlight(this.id) ?? false;
  }

  /** What was served to members that are all gone is in nobody's hands. */
  #forgetAbandoned(): void {
    if (this.#shares.length > 0) return;
    for (const { groups } of this.topic.partitions) groups.forgetServed(this.id);
  }

  #freeMemberId(): number {
    const taken = new Set(this.#memberIds.values());
    let memberId = 0;
    while (taken.has(memberId)) memberId += 1;
    return memberId;
  }
}
