import { getEventListeners } from 'node:events';

import { expect, test } from 'vitest';

import { untilAborted } from '../../../src/iggy-client/until-aborted.ts';

const tooLate = (signal: AbortSignal): Error => new Error('too late', { cause: signal.reason });

test('what the promise says counts while somebody waits', async () => {
  const { signal } = new AbortController();
  await expect(untilAborted(Promise.resolve(1), signal, tooLate)).resolves.toBe(1);
  const failure = new Error('failed');
  await expect(untilAborted(Promise.reject(failure), signal, tooLate)).rejects.toBe(failure);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('an abort rejects at once, and a promise that fails later disturbs nobody', async () => {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<number>();
  const waiting = untilAborted(promise, controller.signal, tooLate);
  controller.abort('enough');
  await expect(waiting).rejects.toMatchObject({ message: 'too late', cause: 'enough' });
  reject(new Error('nobody hears this'));
});

test('a signal that has fired already is not waited for', async () => {
  const never = new Promise<number>(() => {});
  await expect(untilAborted(never, AbortSignal.abort('before'), tooLate)).rejects.toThrow(
    'too late',
  );
});
