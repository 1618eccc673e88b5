import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { backoffDelayMs } from '../../../../src/iggy-client/connection/backoff.ts';

const SECONDS = { baseMs: 1_000, maxMs: 30_000 };
/** The chance that leaves a delay as it is. */
const EVEN = 0.5;

test('the wait doubles with every failure, up to the ceiling', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 2_000].map((n) => backoffDelayMs(n, SECONDS, EVEN));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test('chance moves the wait by a fifth, either way', () => {
  expect(backoffDelayMs(1, SECONDS, 0)).toBe(800);
  expect(backoffDelayMs(1, SECONDS, 0.999_999)).toBeCloseTo(1_200, 2);
});

test('no wait is under 100 ms or over the ceiling, whatever chance says', () => {
  const backoff = fc.record({
    baseMs: fc.integer({ min: 1, max: 60_000 }),
    maxMs: fc.integer({ min: 100, max: 60_000 }),
  });
  const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), backoff, chance, (failures, limits, roll) => {
      const delayMs = backoffDelayMs(failures, limits, roll);
      expect(delayMs).toBeGreaterThanOrEqual(100);
      expect(delayMs).toBeLessThanOrEqual(limits.maxMs);
    }),
  );
});
