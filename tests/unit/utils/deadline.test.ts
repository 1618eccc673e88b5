import { expect, test } from 'vitest';

import { withDeadline } from '../../../src/utils/deadline.ts';
import { FakeClock } from '../../support/fake-clock.ts';

/** Rejects with the reason of its signal. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.throwIfAborted();
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

test('work that ends in time leaves neither timer nor listener', async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  await expect(withDeadline({ clock, timeoutMs: 10, signal }, async () => 5)).resolves.toBe(5);
  expect(clock.pendingTimers).toBe(0);
});

test('work that does not is told at the deadline', async () => {
  const clock = new FakeClock();
  const { signal } = new AbortController();
  const work = withDeadline({ clock, timeoutMs: 10, signal }, untilAborted);
  await Promise.all([expect(work).rejects.toThrow('10 ms have passed'), clock.advance(10)]);
});

test('an impatient owner is heard, before and during the work', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const reason = new Error('enough');
  const work = withDeadline({ clock, timeoutMs: 10, signal: controller.signal }, untilAborted);
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
  const late = withDeadline({ clock, timeoutMs: 10, signal: controller.signal }, untilAborted);
  await expect(late).rejects.toBe(reason);
  expect(clock.pendingTimers).toBe(0);
});
