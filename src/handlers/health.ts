import { answerJson } from '../http/answer.ts';
import type { Handler } from '../http/state.ts';
import { toHealthView, toStatsView } from '../models/health.ts';
import type { HealthService } from '../services/health.ts';
import type { StatsService } from '../services/stats.ts';

export interface HealthHandlersOptions {
  healthService: HealthService;
  statsService: StatsService;
}

export function healthHandlers({
  healthService,
  statsService,
}: HealthHandlersOptions): Record<'health' | 'ready' | 'stats', Handler> {
  return {
    /** About the process: 200 whatever the broker does. */
    health(ctx) {
      answerJson(ctx, 200, toHealthView(healthService.health()));
    },

    /** About the broker. */
    ready(ctx) {
      healthService.checkReady();
      answerJson(ctx, 200, { status: 'ready' });
    },

    stats(ctx) {
      answerJson(ctx, 200, toStatsView(statsService.stats()));
    },
  };
}
