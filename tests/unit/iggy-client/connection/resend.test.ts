import { expect, test } from 'vitest';

import { isTransient, pauseBeforeResend } from '../../../../src/iggy-client/connection/resend.ts';
import { STATUS } from '../../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('57 and 58 alone invite a resend', () => {
  expect(Object.values(STATUS).filter(isTransient)).toEqual([57, 58]);
});

test('the pause lasts 50 ms', async () => {
  const clock = new FakeClock();
  let result: boolean | undefined;
  void pauseBeforeResend(clock, new AbortController().signal).then((goOn) => (result = goOn));
  await clock.advance(49);
  expect(result).toBeUndefined();
  await clock.advance(1);
  expect(result).toBe(true);
});

test('a signal ends the pause at once, or does not let it begin', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const pause = pauseBeforeResend(clock, controller.signal);
  controller.abort();
  expect(await pause).toBe(false);
  expect(await pauseBeforeResend(clock, controller.signal)).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});

test('a signal that fires together with the end of the pause counts', async () => {
  const clock = new FakeClock();
  const due: (() => void)[] = [];
  clock.after = (_, run) => {
    due.push(run);
    return { cancel: () => {} };
  };
  const controller = new AbortController();
  const pause = pauseBeforeResend(clock, controller.signal);
  for (const run of due) run();
  controller.abort();
  expect(await pause).toBe(false);
});
