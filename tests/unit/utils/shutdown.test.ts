import { expect, test } from 'vitest';

import { stopWithin } from '../../../src/utils/shutdown.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const never = new Promise<void>(() => {});

test('a stop that ends by itself is clean, and nothing is left of the wait', async () => {
  const clock = new FakeClock();
  expect(await stopWithin(clock, 1000, never, async () => {})).toBe('clean');
  expect(clock.pendingTimers).toBe(0);
});

test('a stop that takes too long is forced at its deadline', async () => {
  const clock = new FakeClock();
  const outcome = stopWithin(clock, 1000, never, () => never);
  await clock.advance(1000);
  expect(await outcome).toBe('forced');
});

test('a second signal forces it at once', async () => {
  const clock = new FakeClock();
  expect(await stopWithin(clock, 1000, Promise.resolve('SIGINT'), () => never)).toBe('forced');
  expect(clock.pendingTimers).toBe(0);
});

test('a stop that fails says so', async () => {
  const failing = stopWithin(new FakeClock(), 1000, never, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
});
