import { expect, test } from 'vitest';

import { Ticker } from '../../../src/iggy-broker/ticker.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('tells how long the process stood still, and nothing of a little delay', () => {
  let nowMs = 0;
  let run = (): void => {};
  const clock = {
    nowMicros: () => 0n,
    monotonicMs: () => nowMs,
    after: (_: number, next: () => void) => {
      run = next;
      return { cancel: () => {} };
    },
  };
  const told: number[] = [];
  const ticker = new Ticker({ tick: (stoodStillMs) => told.push(stoodStillMs) }, clock);
  for (const delayMs of [1000, 1900, 61_000]) {
    nowMs += delayMs;
    run();
  }
  ticker.stop();
  expect(told).toEqual([0, 0, 60_000]);
});

test('ticks every second until it is stopped', async () => {
  const clock = new FakeClock();
  const tickedAtMs: number[] = [];
  const ticker = new Ticker({ tick: () => tickedAtMs.push(clock.monotonicMs()) }, clock);
  await clock.advance(2500);
  expect(tickedAtMs).toEqual([1000, 2000]);
  ticker.stop();
  await clock.advance(2500);
  expect(tickedAtMs).toHaveLength(2);
  expect(clock.pendingTimers).toBe(0);
});
