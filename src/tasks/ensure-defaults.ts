import type { EnsureOutcome } from '../services/defaults.ts';
import type { Lifecycle } from '../services/lifecycle.ts';
import { type Clock, sleep } from '../utils/clock.ts';
import { withDeadline } from '../utils/deadline.ts';
import type { Task } from './task-group.ts';

export interface EnsureDefaultsOptions {
  ensure: (signal: AbortSignal) => Promise<EnsureOutcome>;
  lifecycle: Lifecycle;
  clock: Clock;
  timeoutMs: number;
  /** Wait after the first failure; it doubles up to the other. */
  baseDelayMs: number;
  maxDelayMs: number;
  onRefused: (cause: Error) => void;
}

/**
 * Looks after the default stream and topic until they are there, as often as it takes. Only then is the
 * gateway ready; or when the broker has refused, because requests that name their own need not wait.
 */
export function ensureDefaults(options: EnsureDefaultsOptions): Task {
  const { ensure, lifecycle, clock, timeoutMs, baseDelayMs, maxDelayMs, onRefused } = options;
  return async (signal) => {
    let delayMs = baseDelayMs;
    for (;;) {
      const outcome = await withDeadline({ clock, timeoutMs, signal }, ensure);
      if (outcome.kind === 'there' || outcome.kind === 'refused') lifecycle.run();
      if (outcome.kind === 'there') return;
      if (outcome.kind === 'refused') onRefused(outcome.cause);
      // Asking again costs the broker nothing then, and it must not stay unready once it is back.
      if (outcome.kind === 'spared') delayMs = baseDelayMs;
      await sleep(clock, delayMs, signal);
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    }
  };
}
