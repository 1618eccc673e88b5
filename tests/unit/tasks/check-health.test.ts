import { expect, test } from 'vitest';

import type { CheckOutcome } from '../../../src/services/health.ts';
import { checkHealth } from '../../../src/tasks/check-health.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('a broker is asked at every interval, and sooner while it is silent', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const cause = new Error('silent');
  const outcomes: CheckOutcome[] = [
    { kind: 'alive' },
    { kind: 'silent', cause },
    { kind: 'no-connection' },
    { kind: 'circuit-open' },
    { kind: 'alive' },
  ];
  const askedAtMs: number[] = [];
  const silences: Error[] = [];
  const task = checkHealth({
    healthService: {
      health: () => {
        throw new Error('nobody asks for it here');
      },
      checkReady: () => {},
      check: async () => {
        askedAtMs.push(clock.monotonicMs());
        return outcomes.shift() ?? { kind: 'alive' };
      },
    },
    clock,
    intervalMs: 30_000,
    timeoutMs: 5000,
    onSilence: (silence) => silences.push(silence),
  });
  const running = task(controller.signal).catch(() => undefined);
  await clock.advance(96_000);
  controller.abort();
  await running;
  expect(askedAtMs).toEqual([30_000, 60_000, 61_000, 62_000, 63_000, 93_000]);
  expect(silences).toEqual([cause]);
  expect(clock.pendingTimers).toBe(0);
});

test('a check does not outlast its deadline', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  let asked: AbortSignal | undefined;
  const task = checkHealth({
    healthService: {
      health: () => {
        throw new Error('nobody asks for it here');
      },
      checkReady: () => {},
      check: (signal) => {
        asked = signal;
        return new Promise(() => {});
      },
    },
    clock,
    intervalMs: 1000,
    timeoutMs: 5000,
    onSilence: () => {},
  });
  void task(controller.signal);
  await clock.advance(5999);
  expect(asked?.aborted).toBe(false);
  await clock.advance(1);
  expect(asked?.aborted).toBe(true);
});
