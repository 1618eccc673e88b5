import type { Dice } from './dice.ts';
import type { Direction } from './link.ts';
import { WRONG_TURNS, type WrongTurn } from './wrong-turns.ts';

interface OnLink {
  readonly atMs: number;
  /** Which of the links that are open then: 0 the one last written to, almost 1 the idlest. */
  readonly which: number;
}

/** Something that goes wrong at a moment. */
export type FaultPlan =
  | (OnLink & { readonly kind: 'cut'; readonly direction: Direction; readonly afterBytes: number })
  | (OnLink & { readonly kind: 'stall'; readonly direction: Direction; readonly forMs: number })
  | (OnLink & { readonly kind: 'sever' | 'mute' })
  | { readonly atMs: number; readonly kind: 'wrong-turns'; readonly turns: readonly WrongTurn[] }
  | (OnLink & { readonly kind: 'take-over'; readonly forMs: number })
  | { readonly atMs: number; readonly kind: 'crash'; readonly forMs: number }
  | {
      readonly atMs: number;
      readonly kind: 'refuse-dials' | 'ignore-dials';
      readonly forMs: number;
    }
  | {
      readonly atMs: number;
      readonly kind: 'slow-commits';
      readonly commitMaxMs: number;
      readonly forMs: number;
    };

/** A request with a small message has some 600 bytes, a reply some 280. */
const CUT_BYTES_MAX = 1500;

export function planFaults(dice: Dice, untilMs: number): FaultPlan[] {
  const count = dice.between(4, 40);
  return Array.from({ length: count }, () => planFault(dice, untilMs)).toSorted(
    (one, other) => one.atMs - other.atMs,
  );
}

function planFault(dice: Dice, untilMs: number): FaultPlan {
  const atMs = dice.between(0, untilMs - 1);
  const which = dice.next() ** 2;
  const direction = dice.pick(['up', 'down'] as const);
  const forMs = dice.pick([30, 300, 1500]) + dice.between(0, 300);
  const kind = dice.pick(KINDS);
  switch (kind) {
    case 'cut':
      return { kind, atMs, which, direction, afterBytes: dice.between(0, CUT_BYTES_MAX) };
    case 'stall':
      return { kind, atMs, which, direction, forMs };
    case 'sever':
    case 'mute':
      return { kind, atMs, which };
    case 'wrong-turns':
      return { kind, atMs, turns: planTurns(dice) };
    case 'take-over':
      return { kind, atMs, which, forMs };
    case 'crash':
    case 'refuse-dials':
    case 'ignore-dials':
      return { kind, atMs, forMs };
    case 'slow-commits':
      return { kind, atMs, commitMaxMs: dice.pick([40, 400, 1200]), forMs };
  }
}

/** Those that leave it open whether a write was executed. */
const ON_WRITES: readonly WrongTurn[] = [
  'break off',
  'execute and break off',

  'execute and say 57',
  'deny with 57',
  'break off and execute late',
  'execute and evict: stale',
  'evict: client id taken',
  'deny with 41',
];

/** Several in a row meet one request on its way through resends and recovery. */
function planTurns(dice: Dice): WrongTurn[] {
  const kinds = dice.chance(0.6) ? ON_WRITES : WRONG_TURNS;
  return Array.from({ length: dice.between(1, 3) }, () => dice.pick(kinds));
}

const KINDS = [
  'cut',
  'cut',
  'cut',
  'cut',
  'cut',
  'cut',
  'cut',
  'stall',
  'stall',
  'sever',
  'mute',
  'wrong-turns',
  'wrong-turns',
  'wrong-turns',
  'wrong-turns',
  'wrong-turns',
  'wrong-turns',
  'take-over',
  'crash',
  'crash',
  'refuse-dials',
  'ignore-dials',
  'slow-commits',
] as const;
