import { expect, test } from 'vitest';

import { sleep, systemClock } from '../../../src/utils/clock.ts';

test('the wall clock tells microseconds of the current epoch', () => {
  const beforeMs = Date.now();
  const nowMs = Number(systemClock.nowMicros() / 1000n);
  // Two sources of time: the high-resolution one may drift a little from the system's.
  expect(Math.abs(nowMs - beforeMs)).toBeLessThan(5_000);
});

test('a cancelled timer does not fire', async () => {
  const fired: string[] = [];
  systemClock.after(0, () => fired.push('cancelled')).cancel();
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      fired.push('kept');
      resolve();
    });
  });
  expect(fired).toEqual(['kept']);
});

test('an aborted sleep rejects with the reason of its signal and cancels its timer', async () => {
  let cancelled = false;
  const never = { ...systemClock, after: () => ({ cancel: () => (cancelled = true) }) };
  const controller = new AbortController();
  const sleeping = sleep(never, 1_000, controller.signal);
  const reason = new Error('enough');

  controller.abort(reason);

  await expect(sleeping).rejects.toBe(reason);
  expect(cancelled).toBe(true);
  await expect(sleep(never, 1_000, controller.signal)).rejects.toBe(reason);
});
