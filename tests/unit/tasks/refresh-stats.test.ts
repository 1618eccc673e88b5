import { expect, test } from 'vitest';

import { refreshStats } from '../../../src/tasks/refresh-stats.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('the totals are asked for at once and then at every interval, until the stop', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const askedAtMs: number[] = [];
  const task = refreshStats({
    statsService: {
      stats: () => {
        throw new Error('nobody asks for it here');
      },
      refresh: async () => {
        askedAtMs.push(clock.monotonicMs());
      },
    },
    clock,
    intervalMs: 2500,
    timeoutMs: 1000,
  });
  const running = task(controller.signal).catch(() => undefined);
  await clock.advance(6000);
  controller.abort();
  await running;
  expect(askedAtMs).toEqual([0, 2500, 5000]);
  expect(clock.pendingTimers).toBe(0);
});
