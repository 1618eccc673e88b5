import type { Clock } from './clock.ts';

export interface DeadlineOptions {
  clock: Clock;
  timeoutMs: number;
  /** Whoever runs this may lose patience earlier. */
  signal: AbortSignal;
}

/** Runs `work` with a signal that is aborted after `timeoutMs`, or together with the given one. */
export async function withDeadline<T>(
  { clock, timeoutMs, signal }: DeadlineOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const timer = clock.after(timeoutMs, () => {
    controller.abort(new Error(`${timeoutMs} ms have passed`));
  });
  try {
    return await work(controller.signal);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', abort);
  }
}
