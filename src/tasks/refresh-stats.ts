import type { StatsService } from '../services/stats.ts';
import { type Clock, sleep } from '../utils/clock.ts';
import { withDeadline } from '../utils/deadline.ts';
import type { Task } from './task-group.ts';

export interface RefreshStatsOptions {
  statsService: StatsService;
  clock: Clock;
  intervalMs: number;
  timeoutMs: number;
}

/** Keeps the totals fresh. */
export function refreshStats(options: RefreshStatsOptions): Task {
  const { statsService, clock, intervalMs, timeoutMs } = options;
  return async (signal) => {
    for (;;) {
      await withDeadline({ clock, timeoutMs, signal }, (patience) =>
        statsService.refresh(patience),
      );
      await sleep(clock, intervalMs, signal);
    }
  };
}
