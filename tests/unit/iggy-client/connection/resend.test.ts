import { expect, test } from 'vitest';

import {
  isDeduplicated,
  isTransient,
  pauseBeforeResend,
} from '../../../../src/iggy-client/connection/resend.ts';
import { Operation, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

test('57 and 58 alone invite a resend', () => {
  expect(Object.values(STATUS).filter(isTransient)).toEqual([57, 58]);
});

test('a copy of anything but a read is known as one', () => {
  const { NonReplicated, SendMessages, CreateStream } = Operation;
  expect([NonReplicated, SendMessages, CreateStream].map(isDeduplicated)).toEqual([
    false,
    true,
    true,
  ]);
});

test('the pause lasts 50 ms', async () => {
  const clock = new FakeClock();
  let isOver = false;
  void pauseBeforeResend(clock, new AbortController().signal).then(() => (isOver = true));
  await clock.advance(49);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(isOver).toBe(true);
});

test('a signal ends the pause at once, or does not let it begin', async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const pause = pauseBeforeResend(clock, controller.signal);
  controller.abort();
  await pause;
  await pauseBeforeResend(clock, controller.signal);
  expect(clock.pendingTimers).toBe(0);
});
