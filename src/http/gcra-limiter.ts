import { LRUCache } from 'lru-cache';
import {
  RateLimiterCompatibleAbstract,
  type RateLimiterLike,
  RateLimiterRes,
} from 'rate-limiter-flexible';

import type { Clock } from '../utils/clock.ts';

export interface GcraLimiterOptions {
  clock: Clock;
  /** So many points come back in each `durationSecs`. */
  points: number;
  durationSecs: number;
  /** So many points a rested key may take at once. */
  burst: number;
  /** Keys that are remembered; the one that was quiet for longest is forgotten first, and starts rested. */
  keysMax: number;
}

/**
 * A true token bucket per key (decision 0004), as the generic cell rate algorithm keeps it: one number, the
 * moment at which the bucket will be full again. In any t seconds no key is granted more than
 * burst + points × t / durationSecs.
 *
 * Moments are counted in ticks, `points` of them to the millisecond, so that one point is always worth
 * `durationSecs` × 1000 ticks, and whole milliseconds never need rounding.
 */
export class GcraLimiter extends RateLimiterCompatibleAbstract {
  override readonly keyPrefix = '';
  // The library sets these two on a limiter that insures another one. A bucket has no use for them.
  override blockDuration = 0;
  override execEvenly = false;

  readonly #clock: Clock;
  readonly #points: number;
  readonly #pointTicks: number;
  readonly #burst: number;
  /** Key → the tick at which its bucket is full. Absent: it is full now. */
  readonly #fullAt: LRUCache<string | number, number>;

  constructor({ clock, points, durationSecs, burst, keysMax }: GcraLimiterOptions) {
    super();
    this.#clock = clock;
    this.#points = points;
    this.#pointTicks = durationSecs * 1000;
    this.#burst = burst;
    this.#fullAt = new LRUCache({ max: keysMax });
  }

  get #nowTicks(): number {
    return this.#clock.monotonicMs() * this.#points;
  }

  /** How far ahead of now the moment of fullness may lie: an empty bucket. */
  get #emptyTicks(): number {
    return this.#burst * this.#pointTicks;
  }

  #debtTicks(key: string | number): number {
    return Math.max(0, (this.#fullAt.get(key) ?? 0) - this.#nowTicks);
  }

  #owe(key: string | number, debtTicks: number): void {
    if (debtTicks <= 0) this.#fullAt.delete(key);
    else this.#fullAt.set(key, this.#nowTicks + debtTicks);
  }

  /** @param wanted how many points the next request would like to have. */
  #result(debtTicks: number, wanted: number): RateLimiterRes {
    const leftTicks = this.#emptyTicks - debtTicks;
    const missingTicks = wanted * this.#pointTicks - leftTicks;
    const remaining = Math.max(0, Math.floor(leftTicks / this.#pointTicks));
    const msBeforeNext = Math.max(0, Math.ceil(missingTicks / this.#points));
    return new RateLimiterRes(remaining, msBeforeNext, this.#burst - remaining, debtTicks === 0);
  }

  /** Takes one point if it is there: what `consume` does, without the promise. */
  take(key: string | number): Verdict {
    const { granted, result } = this.#decide(key, 1);
    return verdictOf(granted, result);
  }

  #decide(key: string | number, wanted: number): { granted: boolean; result: RateLimiterRes } {
    const debtTicks = this.#debtTicks(key);
    const afterTicks = debtTicks + wanted * this.#pointTicks;
    if (afterTicks > this.#emptyTicks)
      return { granted: false, result: this.#result(debtTicks, wanted) };
    this.#owe(key, afterTicks);
    return { granted: true, result: this.#result(afterTicks, 1) };
  }

  /** Resolves if the points were there, and rejects with the result if not: then nothing is taken. */
  override async consume(key: string | number, wanted = 1): Promise<RateLimiterRes> {
    const { granted, result } = this.#decide(key, wanted);
    // A result is what the library's limiters reject with; it is no Error.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors, typescript/only-throw-error
    if (!granted) throw result;
    return result;
  }

  /** Takes points that may not be there. */
  override async penalty(key: string | number, points = 1): Promise<RateLimiterRes> {
    const debtTicks = this.#debtTicks(key) + points * this.#pointTicks;
    this.#owe(key, debtTicks);
    return this.#result(debtTicks, 1);
  }

  /** Gives points back. */
  override async reward(key: string | number, points = 1): Promise<RateLimiterRes> {
    const debtTicks = Math.max(0, this.#debtTicks(key) - points * this.#pointTicks);
    this.#owe(key, debtTicks);
    return this.#result(debtTicks, 1);
  }

  override async get(key: string | number): Promise<RateLimiterRes | null> {
    const debtTicks = this.#debtTicks(key);
    return debtTicks === 0 ? null : this.#result(debtTicks, 1);
  }

  /** Says how many points are taken. They come back as any others do, whatever duration is named. */
  override async set(key: string | number, points: number): Promise<RateLimiterRes> {
    const debtTicks = points * this.#pointTicks;
    this.#owe(key, debtTicks);
    return this.#result(debtTicks, 1);
  }

  /** Grants nothing for so long. */
  override async block(key: string | number, secDuration: number): Promise<RateLimiterRes> {
    const debtTicks = this.#emptyTicks - this.#pointTicks + secDuration * 1000 * this.#points;
    this.#owe(key, debtTicks);
    return this.#result(debtTicks, 1);
  }

  override async delete(key: string | number): Promise<boolean> {
    return this.#fullAt.delete(key);
  }
}

/** What a limiter said: the library rejects with a result where it refuses. */
export interface Verdict {
  readonly granted: boolean;
  readonly remaining: number;
  /** Until the next request of the same size may be granted. */
  readonly waitMs: number;
}

/** Asks any limiter of the library for one point. */
export async function takePoint(limiter: RateLimiterLike, key: string): Promise<Verdict> {
  try {
    return verdictOf(true, await limiter.consume(key));
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return verdictOf(false, refusal);
    throw refusal;
  }
}

function verdictOf(granted: boolean, result: RateLimiterRes): Verdict {
  return { granted, remaining: result.remainingPoints, waitMs: result.msBeforeNext };
}
