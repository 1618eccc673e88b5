import { Dice } from './dice.ts';
import { type FaultPlan, planFaults } from './fault-plan.ts';

/** One client of the library, as some gateway would have it. */
export interface ClientPlan {
  readonly poolSize: number;
  readonly backoffMaxMs: number;
  /** 0: never gives up. */
  readonly attemptsMax: number;
  /** So few may wait for a session, or in a lane. */
  readonly waitingMax: number;
  /** Failures in a row until the circuit opens. */
  readonly failuresMax: number;
  /** Timers come up to so much too late. */
  readonly lateMaxMs: number;
  /** Stopped in the middle of the faults, or undefined. */
  readonly stopAtMs: number | undefined;
}

export type CallerKind =
  | 'producer'
  | 'burst'
  | 'reader'
  | 'consumer'
  | 'bookkeeper'
  | 'looker'
  | 'creator'
  | 'prober';

/** Somebody who calls one client, one call after the other (`burst`: all at once). */
export interface CallerPlan {
  readonly kind: CallerKind;
  readonly client: number;
  readonly startMs: number;
  readonly rounds: number;
  readonly pauseMaxMs: number;
  /** Each call's patience lies between 20 ms and this. */
  readonly patienceMaxMs: number;
  /** How often a message has an id and a time that others of other senders have too. */
  readonly twinChance: number;
  /** Of everything else this caller does. */
  readonly seed: number;
}

/** All that is decided before a history begins. The rest follows from the seed, step by step. */
export interface Plan {
  readonly seed: number;
  /** The server is one from before the release: it does not deduplicate sends, and says so. */
  readonly isPreRelease: boolean;
  readonly clients: readonly ClientPlan[];
  readonly callers: readonly CallerPlan[];
  readonly faults: readonly FaultPlan[];
  /** No fault begins or lasts longer. */
  readonly calmAtMs: number;
}

const CALM_AT_MS = 4_000;

export function planOf(seed: number): Plan {
  const dice = new Dice(seed);
  const clients = Array.from({ length: dice.between(1, 3) }, () => planClient(dice));
  const twinChance = dice.pick([0, 0.3, 0.9]);
  const callers = Array.from({ length: dice.between(4, 10) }, () =>
    planCaller(dice, clients.length, twinChance),
  );
  const isPreRelease = dice.chance(0.2);
  const faults = planFaults(dice, CALM_AT_MS);
  return { seed, isPreRelease, clients, callers, faults, calmAtMs: CALM_AT_MS };
}

function planClient(dice: Dice): ClientPlan {
  return {
    poolSize: dice.between(1, 3),
    backoffMaxMs: dice.pick([300, 1000, 2000]),
    attemptsMax: dice.chance(0.05) ? 3 : 0,
    waitingMax: dice.pick([2, 5, 100]),
    failuresMax: dice.pick([2, 5, 50, 50]),
    lateMaxMs: dice.chance(0.2) ? dice.between(1, 100) : 0,
    stopAtMs: dice.chance(0.1) ? dice.between(500, CALM_AT_MS) : undefined,
  };
}

const CALLERS: readonly CallerKind[] = [
  'producer',
  'producer',
  'producer',
  'producer',
  'producer',
  'burst',
  'reader',
  'consumer',
  'consumer',
  'bookkeeper',
  'looker',
  'creator',
];

function planCaller(dice: Dice, clients: number, twinChance: number): CallerPlan {
  return {
    kind: dice.pick(CALLERS),
    client: dice.between(0, clients - 1),
    startMs: dice.between(0, CALM_AT_MS - 1),
    rounds: dice.between(3, 16),
    pauseMaxMs: dice.pick([0, 100, 500, 500]),
    patienceMaxMs: dice.pick([100, 1500, 8000, 8000, 8000]),
    twinChance,
    seed: dice.between(0, 2 ** 32 - 1),
  };
}
