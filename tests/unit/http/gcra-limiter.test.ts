import fc from 'fast-check';
import { RateLimiterMemory, RateLimiterRes, RLWrapperBlackAndWhite } from 'rate-limiter-flexible';
import { describe, expect, test } from 'vitest';

import { GcraLimiter, takePoint } from '../../../src/http/gcra-limiter.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const HOUR_MS = 3_600_000;

function newLimiter(options: { points?: number; durationSecs?: number; burst?: number } = {}) {
  const clock = new FakeClock();
  const { points = 10, durationSecs = 1, burst = 5 } = options;
  return {
    clock,
    limiter: new GcraLimiter({ clock, points, durationSecs, burst, keysMax: 1000 }),
  };
}

/** How many of `tries` are granted right now. */
async function grantedNow(limiter: GcraLimiter, key: string, tries = 100): Promise<number> {
  let granted = 0;
  for (let n = 0; n < tries; n += 1) {
    if ((await takePoint(limiter, key)).granted) granted += 1;
  }
  return granted;
}

test('in any window of t seconds no client passes more than burst + rate × t', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.record({ waitMs: fc.nat({ max: 700 }), tries: fc.nat({ max: 40 }) }), {
        maxLength: 25,
      }),
      async (points, durationSecs, burst, history) => {
        const { clock, limiter } = newLimiter({ points, durationSecs, burst });
        const grantedAtMs: number[] = [];
        for (const { waitMs, tries } of history) {
          await clock.advance(waitMs);
          const granted = await grantedNow(limiter, 'client', tries);
          grantedAtMs.push(...Array.from({ length: granted }, () => clock.monotonicMs()));
        }
        for (const [first, fromMs] of grantedAtMs.entries()) {
          for (const [further, toMs] of grantedAtMs.slice(first).entries()) {
            const passed = further + 1;
            const allowed = burst + (points * (toMs - fromMs)) / (durationSecs * 1000);
            if (passed > allowed) expect.fail(`${passed} passed from ${fromMs} to ${toMs} ms`);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

describe('a bucket', () => {
  test('gives its burst at once, and then a point each time one has come back', async () => {
    const { clock, limiter } = newLimiter({ points: 10, burst: 5 });
    expect(await grantedNow(limiter, 'a')).toBe(5);
    await clock.advance(99);
    expect(await grantedNow(limiter, 'a')).toBe(0);
    await clock.advance(1);
    expect(await grantedNow(limiter, 'a')).toBe(1);
    await clock.advance(HOUR_MS);
    expect(await grantedNow(limiter, 'a')).toBe(5);
  });

  test('loses no point to rounding, however odd the rate', async () => {
    const { clock, limiter } = newLimiter({ points: 3, durationSecs: 1, burst: 3 });
    for (let round = 0; round < 50; round += 1) {
      expect(await grantedNow(limiter, 'a')).toBe(3);
      await clock.advance(1000);
    }
  });

  test('may fill slower than by the second', async () => {
    const { clock, limiter } = newLimiter({ points: 10, durationSecs: 60, burst: 5 });
    expect(await grantedNow(limiter, 'a')).toBe(5);
    expect(await takePoint(limiter, 'a')).toEqual({ granted: false, remaining: 0, waitMs: 6000 });
    await clock.advance(6000);
    expect(await grantedNow(limiter, 'a')).toBe(1);
  });

  test('costs nothing where it refuses, and says when to come again', async () => {
    const { clock, limiter } = newLimiter({ points: 10, burst: 5 });
    await grantedNow(limiter, 'a', 1000);
    const { granted, waitMs } = await takePoint(limiter, 'a');
    expect({ granted, waitMs }).toEqual({ granted: false, waitMs: 100 });
    await clock.advance(waitMs);
    expect(await takePoint(limiter, 'a')).toMatchObject({ granted: true, remaining: 0 });
  });

  test('is nobody else’s', async () => {
    const { limiter } = newLimiter();
    await grantedNow(limiter, 'a');
    expect(await grantedNow(limiter, 'b')).toBe(5);
  });
});

test('no more keys are remembered than there is room for; the quietest is forgotten', async () => {
  const clock = new FakeClock();
  const limiter = new GcraLimiter({ clock, points: 1, durationSecs: 60, burst: 1, keysMax: 3 });
  for (const key of ['a', 'b', 'c', 'a', 'd']) await takePoint(limiter, key);
  expect(await limiter.get('b')).toBeNull();
  for (const key of ['a', 'c', 'd']) expect(await limiter.get(key)).not.toBeNull();
});

describe('as a limiter of the library', () => {
  test('it rejects with a result, and takes several points at once', async () => {
    const { limiter } = newLimiter({ burst: 5 });
    expect(await limiter.consume('a', 3)).toMatchObject({ remainingPoints: 2, consumedPoints: 3 });
    const refusal: unknown = await limiter.consume('a', 3).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RateLimiterRes);
    expect(refusal).toMatchObject({ remainingPoints: 2, msBeforeNext: 100 });
    await limiter.consume('a', 2);
  });

  test('it can be told what a key has taken, given points, fined, blocked and forgotten', async () => {
    const { clock, limiter } = newLimiter({ points: 10, burst: 5 });
    expect(await limiter.set('a', 4)).toMatchObject({ remainingPoints: 1 });
    expect(await limiter.reward('a', 2)).toMatchObject({ remainingPoints: 3 });
    expect(await limiter.penalty('a', 9)).toMatchObject({ remainingPoints: 0, msBeforeNext: 700 });
    expect(await limiter.get('a')).toMatchObject({ remainingPoints: 0, msBeforeNext: 700 });
    expect(await limiter.delete('a')).toBe(true);
    expect(await limiter.get('a')).toBeNull();
    await limiter.block('a', 30);
    await clock.advance(29_999);
    expect(await grantedNow(limiter, 'a')).toBe(0);
    await clock.advance(1);
    expect(await grantedNow(limiter, 'a')).toBe(1);
  });

  test('a bucket that is full again is new, and takes no room', async () => {
    const { limiter } = newLimiter();
    expect(await limiter.consume('a')).toMatchObject({ isFirstInDuration: false });
    expect(await limiter.reward('a')).toMatchObject({ isFirstInDuration: true });
    expect(await limiter.delete('a')).toBe(false);
  });

  test('it may stand behind its wrappers and insure its stores', async () => {
    const { limiter } = newLimiter({ burst: 1 });
    const wrapped = new RLWrapperBlackAndWhite({ limiter, whiteList: ['friend'] });
    await wrapped.consume('a');
    await expect(wrapped.consume('a')).rejects.toBeInstanceOf(RateLimiterRes);
    await wrapped.consume('friend');
  });
});

test('any other limiter of the library can be asked for a point, and a fault is no refusal', async () => {
  const memory = new RateLimiterMemory({ points: 1, duration: 60 });
  expect((await takePoint(memory, 'a')).granted).toBe(true);
  expect((await takePoint(memory, 'a')).granted).toBe(false);
  const { limiter } = newLimiter();
  limiter.consume = () => Promise.reject(new Error('the store is away'));
  await expect(takePoint(limiter, 'a')).rejects.toThrow('the store is away');
});
