export interface Backoff {
  /** After the first failure. */
  readonly baseMs: number;
  /** Ceiling, applied last: no wait is longer. */
  readonly maxMs: number;
}

const FLOOR_MS = 100;
const JITTER = 0.2;

/**
 * How long to wait after `failures` failed attempts in a row (1 and up): doubles from the base, ±20 %
 * so that many clients of one broker do not come back in step, and never under 100 ms.
 *
 * @param chance Uniform in [0, 1).
 */
export function backoffDelayMs(
  failures: number,
  { baseMs, maxMs }: Backoff,
  chance: number,
): number {
  const doubledMs = baseMs * 2 ** (failures - 1);
  const jitteredMs = doubledMs * (1 - JITTER + 2 * JITTER * chance);
  return Math.min(Math.max(jitteredMs, FLOOR_MS), maxMs);
}
