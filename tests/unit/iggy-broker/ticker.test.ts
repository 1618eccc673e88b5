import { expect, test } from 'vitest';

import { Ticker } from '../../../src/iggy-broker/ticker.ts';
import { FakeClock } from '../../support/fake-clock.ts';

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
