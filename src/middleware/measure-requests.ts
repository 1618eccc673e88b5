import type { Middleware, Next } from 'koa';

import { onceEnded } from '../http/outcome.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Clock } from '../utils/clock.ts';

export interface MeasureRequestsOptions {
  metrics: Metrics;
  clock: Clock;
}

/** Counts requests, how long they took, and which problems they ended in. */
export function measureRequests(options: MeasureRequestsOptions): Middleware<RequestState> {
  const { metrics, clock } = options;
  return function measureRequestsMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    metrics.requestStarted();
    onceEnded(ctx, clock, (outcome) => {
      metrics.requestEnded(outcome);
      if (ctx.state.errorCode !== undefined) metrics.refused(ctx.state.errorCode);
    });
    return next();
  };
}
