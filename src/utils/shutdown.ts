import type { Clock } from './clock.ts';
import { deferred } from './deferred.ts';

/** How a stop went: `forced` means that somebody, or the clock, did not want to wait for its end. */
export type StopOutcome = 'clean' | 'forced';

/**
 * Waits for `stop`, but not beyond `timeoutMs`, and not when `impatience` resolves first: a person
 * pressing Ctrl-C a second time means it (http-contract §6). Rejects if `stop` does.
 */
export async function stopWithin(
  clock: Clock,
  timeoutMs: number,
  impatience: Promise<unknown>,
  stop: () => Promise<void>,
): Promise<StopOutcome> {
  const late = deferred<StopOutcome>();
  const timer = clock.after(timeoutMs, () => late.resolve('forced'));
  try {
    return await Promise.race([
      stop().then((): StopOutcome => 'clean'),
      impatience.then((): StopOutcome => 'forced'),
      late.promise,
    ]);
  } finally {
    timer.cancel();
  }
}
