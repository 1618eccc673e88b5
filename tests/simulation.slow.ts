import { afterEach, expect, test, vi } from 'vitest';

import { forgetful } from '../fuzz/simulation/meddling.ts';
import { echoing, recurring } from '../fuzz/simulation/planted.ts';
import type { Sabotage } from '../fuzz/simulation/sabotage.ts';

/** Bugs put in on purpose: does the simulation find each of them, for the right reason and within so many seeds? */

afterEach(() => {
  vi.doUnmock('../src/iggy-client/breaker.ts');
  vi.doUnmock('../src/iggy-client/connection/outcome.ts');
  vi.resetModules();
});

/** The first seed up to `seedsMax` with a finding of this kind, and what it says. */
async function find(
  kind: RegExp,
  seedsMax: number,
  sabotage: Sabotage = {},
): Promise<string | undefined> {
  // Afresh, so that the history runs on what is mocked.
  const { runHistory } = await import('../fuzz/simulation/history.ts');
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const { violations } = await runHistory(seed, sabotage);
    const finding = violations.find((violation) => kind.test(violation));
    if (finding !== undefined) return `seed ${seed}: ${finding}`;
  }
  return undefined;
}

const TWICE = /\bok\).* is stored 2 times/;
const NEVER = /\bok\).* is stored 0 times/;
const SOMEBODY_ELSES = /was shown|another partition|more than it asked for|a poll showed/;
const SHUT_OUT = /after the faults a poll ended as circuit-open/;
/** Nobody was told that it may have happened. */
const DONE_AFTER_ALL = /\((?:(?:refused|lost|timeout|circuit-open)(?:, )?)+\) (?:is stored|has)/;

test('deduplication off is found within 200 seeds', async () => {
  expect(await find(TWICE, 200, { meddling: forgetful })).toBeDefined();
});

test('a late reply that is kept for the next caller is found within 20 seeds', async () => {
  expect(await find(SOMEBODY_ELSES, 20, { dial: echoing })).toBeDefined();
});

test('a counter that restarts under an old client id is found within 200 seeds', async () => {
  expect(await find(NEVER, 200, { randomBytes: recurring })).toBeDefined();
});

test('a probe that never gives its lease back is found within 100 seeds', async () => {
  vi.resetModules();
  vi.doMock('../src/iggy-client/breaker.ts', async (importOriginal) => {
    const original = await importOriginal<typeof import('../src/iggy-client/breaker.ts')>();
    class LeakyBreaker extends original.Breaker {
      override enter(nowMs: number): ReturnType<InstanceType<typeof original.Breaker>['enter']> {
        const entry = super.enter(nowMs);
        if (entry.kind === 'rejected' || this.state !== 'half-open') return entry;
        // A probe whose caller has gone says nothing of the broker, and its lease is forgotten.
        const { lease } = entry;
        const end: typeof lease.end = (ending, endMs) => {
          if (ending.kind !== 'neutral') lease.end(ending, endMs);
        };
        return { kind: 'admitted', lease: { end } };
      }
    }
    return { ...original, Breaker: LeakyBreaker };
  });
  expect(await find(SHUT_OUT, 100)).toBeDefined();
});

test('a 503 after a write is found within 50 seeds', async () => {
  vi.resetModules();
  vi.doMock('../src/iggy-client/connection/outcome.ts', async (importOriginal) => ({
    ...(await importOriginal<typeof import('../src/iggy-client/connection/outcome.ts')>()),
    // What is in doubt is called not executed.
    unfinished: (cause: unknown) => ({ kind: 'not-executed', cause }),
  }));
  expect(await find(DONE_AFTER_ALL, 50)).toBeDefined();
});

test('5000 histories without a planted bug hold every promise', async () => {
  expect(await find(/^/, 5_000)).toBeUndefined();
});
