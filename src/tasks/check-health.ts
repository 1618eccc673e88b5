import type { HealthService } from '../services/health.ts';
import { type Clock, sleep } from '../utils/clock.ts';
import { withDeadline } from '../utils/deadline.ts';
import type { Task } from './task-group.ts';

export interface CheckHealthOptions {
  healthService: HealthService;
  clock: Clock;
  intervalMs: number;
  timeoutMs: number;
  onSilence: (cause: Error) => void;
}

/** After a check without a sign of life, the next one comes sooner than the interval. */
const RECHECK_MS = 1000;

/** Asks the broker now and then for a sign of life, so that an idle gateway learns of its silence. */
export function checkHealth(options: CheckHealthOptions): Task {
  const { healthService, clock, intervalMs, timeoutMs, onSilence } = options;
  return async (signal) => {
    let delayMs = intervalMs;
    for (;;) {
      await sleep(clock, delayMs, signal);
      const outcome = await withDeadline({ clock, timeoutMs, signal }, (patience) =>
        healthService.check(patience),
      );
      signal.throwIfAborted();
      if (outcome.kind === 'silent') onSilence(outcome.cause);
      delayMs = outcome.kind === 'alive' ? intervalMs : Math.min(RECHECK_MS, intervalMs);
    }
  };
}
