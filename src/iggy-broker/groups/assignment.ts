/**
 * Which of a group's members reads which partitions of the topic: as the official server does it
 * (iggy-vsr-0.11 §7), pure, and the same for the same input. Every partition has exactly one owner as
 * long as there is a member, and shares differ by one partition at most while nothing is handed over.
 */
export interface Share {
  readonly memberId: number;
  /** In the order they were given, as clients are told. */
  readonly partitions: readonly number[];
  /** Those of them that go to another member, and are only committed, not polled, until they do. */
  readonly handovers: readonly Handover[];
}

interface Handover {
  readonly partition: number;
  readonly toMemberId: number;
  readonly sinceMicros: bigint;
}

export interface Arrival {
  readonly partitionsCount: number;
  /** Whether the owner of `partition` was served messages it has not committed yet. */
  readonly isInFlight: (partition: number) => boolean;
  readonly nowMicros: bigint;
}

/** Shares are always in ascending order of their members. */
export function newShare(memberId: number): Share {
  return { memberId, partitions: [], handovers: [] };
}

/**
 * All partitions anew, whoever had them, one to each member in turn: after somebody left, who cannot
 * finish anything any more, or when the partitions have become others.
 */
export function dealAnew(shares: readonly Share[], partitionsCount: number): Share[] {
  const all = partitionIds(partitionsCount);
  return shares.map(({ memberId }, index) => ({
    ...newShare(memberId),
    partitions: all.filter((partition) => partition % shares.length === index),
  }));
}

/**
 * Gives the members that have nothing what nobody has, and what others have above their fair share, from
 * the end of their lists. What is in flight there is announced only: it moves when it is finished.
 */
export function dealToIdle(shares: readonly Share[], arrival: Arrival): Share[] {
  const settled = dealOwnerless(shares, arrival.partitionsCount);
  const idle = idleIn(settled);
  if (idle.length === 0) return settled;
  const given = new Map<number, number[]>(idle.map((memberId) => [memberId, []]));
  const announced = new Map<number, number>();
  for (const [index, partition] of surplusOf(settled, arrival.partitionsCount).entries()) {
    const toMemberId = idle[index % idle.length] ?? 0;
    if (arrival.isInFlight(partition)) announced.set(partition, toMemberId);
    else given.get(toMemberId)?.push(partition);
  }
  const moved = new Set([...given.values()].flat());
  return settled.map(({ memberId, partitions, handovers }) => ({
    memberId,
    partitions: [
      ...partitions.filter((partition) => !moved.has(partition)),
      ...(given.get(memberId) ?? []),
    ],
    handovers: [...handovers, ...handoversOf(partitions, announced, arrival.nowMicros)],
  }));
}

/** Moves what was announced; `partition` is one that some member is handing over. */
export function handOver(shares: readonly Share[], partition: number): Share[] {
  const toMemberId = shares
    .flatMap(({ handovers }) => handovers)
    .find((handover) => handover.partition === partition)?.toMemberId;
  return shares.map(({ memberId, partitions, handovers }) => {
    const kept = partitions.filter((each) => each !== partition);
    return {
      memberId,
      partitions: memberId === toMemberId ? [...kept, partition] : kept,
      handovers: handovers.filter((each) => each.partition !== partition),
    };
  });
}

export function mayPoll({ partitions, handovers }: Share, partition: number): boolean {
  return partitions.includes(partition) && !handovers.some((each) => each.partition === partition);
}

/** What the member may poll. */
export function pollable({ partitions, handovers }: Share): number[] {
  const leaving = new Set(handovers.map(({ partition }) => partition));
  return partitions.filter((partition) => !leaving.has(partition));
}

function partitionIds(count: number): number[] {
  return Array.from({ length: count }, (_, id) => id);
}

function dealOwnerless(shares: readonly Share[], partitionsCount: number): Share[] {
  const owned = new Set(shares.flatMap(({ partitions }) => partitions));
  const ownerless = partitionIds(partitionsCount).filter((partition) => !owned.has(partition));
  const idle = shares.filter(({ partitions }) => partitions.length === 0);
  return shares.map((share) => {
    const turn = idle.indexOf(share);
    if (turn === -1) return share;
    const partitions = ownerless.filter((_, index) => index % idle.length === turn);
    return { ...share, partitions };
  });
}

/** Those who have nothing, and to whom nothing is on its way. */
function idleIn(shares: readonly Share[]): number[] {
  const expecting = new Set(
    shares.flatMap(({ handovers }) => handovers.map(({ toMemberId }) => toMemberId)),
  );
  return shares
    .filter(({ memberId, partitions }) => partitions.length === 0 && !expecting.has(memberId))
    .map(({ memberId }) => memberId);
}

/** Above the fair share, of which the first members may have one more while the remainder lasts. */
function surplusOf(shares: readonly Share[], partitionsCount: number): number[] {
  const fair = Math.floor(partitionsCount / shares.length);
  let remainder = partitionsCount % shares.length;
  return shares.flatMap((share) => {
    const mine = pollable(share);
    if (mine.length <= fair) return [];
    const allowed = remainder > 0 ? fair + 1 : fair;
    remainder = Math.max(remainder - 1, 0);
    return mine.slice(allowed).toReversed();
  });
}

function handoversOf(
  partitions: readonly number[],
  announced: ReadonlyMap<number, number>,
  sinceMicros: bigint,
): Handover[] {
  return [...announced]
    .filter(([partition]) => partitions.includes(partition))
    .map(([partition, toMemberId]) => ({ partition, toMemberId, sinceMicros }));
}
