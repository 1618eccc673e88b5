import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  dealAnew,
  dealToIdle,
  handOver,
  mayPoll,
  newShare,
  pollable,
  type Share,
} from '../../../../src/iggy-broker/groups/assignment.ts';

const PARTITIONS_MAX = 12;

type Step =
  | { kind: 'join' }
  | { kind: 'leave'; at: number }
  | { kind: 'repartition'; count: number }
  | { kind: 'drain'; at: number };

const anyStep = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ kind: 'join' }) },
  fc.record({ kind: fc.constant('leave' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('repartition' as const), count: fc.nat(PARTITIONS_MAX) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), at: fc.nat() }) },
);

interface World {
  shares: readonly Share[];
  partitionsCount: number;
}

function after(
  { shares, partitionsCount }: World,
  step: Step,
  isInFlight: (partition: number) => boolean,
): World {
  switch (step.kind) {
    case 'join': {
      const taken = shares.map(({ memberId }) => memberId);
      const memberId = Array.from({ length: taken.length + 1 }, (_, id) => id).find(
        (id) => !taken.includes(id),
      );
      const all = [...shares, newShare(memberId ?? 0)];
      const sorted = all.toSorted((one, other) => one.memberId - other.memberId);
      const arrival = { partitionsCount, isInFlight, nowMicros: 1n };
      return { shares: dealToIdle(sorted, arrival), partitionsCount };
    }
    case 'leave': {
      const rest = shares.filter((_, index) => index !== step.at % shares.length);
      return { shares: dealAnew(rest, partitionsCount), partitionsCount };
    }
    case 'repartition':
      return { shares: dealAnew(shares, step.count), partitionsCount: step.count };
    case 'drain': {
      const announced = shares.flatMap(({ handovers }) => handovers);
      const next = announced[step.at % announced.length];
      return { shares: next ? handOver(shares, next.partition) : shares, partitionsCount };
    }
  }
}

const NOTHING: World = { shares: [], partitionsCount: 4 };

test('every partition has exactly one owner, whatever happens and is in flight', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), fc.nat(), (steps, inFlightBits) => {
      const isInFlight = (partition: number): boolean => ((inFlightBits >> partition) & 1) === 1;
      let world = NOTHING;
      for (const step of steps) {
        world = after(world, step, isInFlight);
        const { shares, partitionsCount } = world;
        const owned = shares.flatMap(({ partitions }) => partitions);
        expect(owned.toSorted((one, other) => one - other)).toEqual(
          shares.length === 0 ? [] : Array.from({ length: partitionsCount }, (_, id) => id),
        );
        for (const { memberId, partitions, handovers } of shares) {
          for (const { partition, toMemberId } of handovers) {
            expect(partitions).toContain(partition);
            expect(toMemberId).not.toBe(memberId);
            expect(shares.some((share) => share.memberId === toMemberId)).toBe(true);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('shares differ by one at most while nothing is in flight, and nothing is handed over then', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
      let world = NOTHING;
      for (const step of steps) {
        world = after(world, step, () => false);
        const sizes = world.shares.map(({ partitions }) => partitions.length);
        if (sizes.length > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(2);
        expect(world.shares.flatMap(({ handovers }) => handovers)).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

test('a join moves no more than the newcomer gets', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(40), (members, partitionsCount) => {
      const before = dealAnew(
        Array.from({ length: members }, (_, id) => newShare(id)),
        partitionsCount,
      );
      const { shares } = after({ shares: before, partitionsCount }, { kind: 'join' }, () => false);
      for (const { memberId, partitions } of before) {
        const now = shares.find((share) => share.memberId === memberId)?.partitions ?? [];
        expect(partitions.slice(0, now.length)).toEqual(now);
      }
      expect(shares.at(-1)?.partitions).toHaveLength(Math.floor(partitionsCount / (members + 1)));
    }),
  );
});

describe('as the real server was seen to do it', () => {
  const alone = dealToIdle([newShare(0)], {
    partitionsCount: 4,
    isInFlight: () => false,
    nowMicros: 0n,
  });
  const joined = (isInFlight: (partition: number) => boolean) =>
    dealToIdle([...alone, newShare(1)], { partitionsCount: 4, isInFlight, nowMicros: 7n });
  const lists = (shares: readonly Share[]) => shares.map(({ partitions }) => partitions);

  test('what is moved comes from the end, the last one first', () => {
    expect(lists(alone)).toEqual([[0, 1, 2, 3]]);
    expect(lists(joined(() => false))).toEqual([
      [0, 1],
      [3, 2],
    ]);
  });

  test('what is in flight stays with its owner, is not polled any more, and moves when it is finished', () => {
    const shares = joined((partition) => partition === 3);
    expect(lists(shares)).toEqual([[0, 1, 3], [2]]);
    expect(shares[0]?.handovers).toEqual([{ partition: 3, toMemberId: 1, sinceMicros: 7n }]);
    expect(shares.map(pollable)).toEqual([[0, 1], [2]]);
    const [first] = shares;
    expect(first && [0, 1, 2, 3].map((partition) => mayPoll(first, partition))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    const moved = handOver(shares, 3);
    expect(lists(moved)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(moved.flatMap(({ handovers }) => handovers)).toEqual([]);
  });

  test('what is on its way to one newcomer is neither counted twice nor given to the next', () => {
    const arrival = { partitionsCount: 6, isInFlight: () => true, nowMicros: 0n };
    const first = dealToIdle([newShare(0)], arrival);
    const two = dealToIdle([...first, newShare(1)], arrival);
    const three = dealToIdle([...two, newShare(2)], arrival);
    const announced = three.flatMap(({ handovers }) => handovers);
    expect(announced.map(({ partition, toMemberId }) => [partition, toMemberId])).toEqual([
      [5, 1],
      [4, 1],
      [3, 1],
      [2, 2],
    ]);
  });
});
