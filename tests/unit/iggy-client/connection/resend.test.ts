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

test.each([
  ['0.9.0', { read: false, send: true, storeOffset: true, create: true }],
  ['0.9.0-edge.5', { read: false, send: false, storeOffset: false, create: true }],
])('what a broker of version %s knows for a copy', (version, known) => {
  const { NonReplicated, SendMessages, StoreConsumerOffset, CreateStream } = Operation;
  expect({
    read: isDeduplicated(NonReplicated, version),
    send: isDeduplicated(SendMessages, version),
    storeOffset: isDeduplicated(StoreConsumerOffset, version),
    create: isDeduplicated(CreateStream, version),
  }).toEqual(known);
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
