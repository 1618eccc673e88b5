import type { Middleware, Next } from 'koa';

import { onceEnded } from '../http/outcome.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { Clock } from '../utils/clock.ts';
import { formatTraceparent, parseTraceparent } from '../utils/traceparent.ts';

export interface TraceRequestsOptions {
  tracing: Tracing;
  clock: Clock;
}

/**
 * Continues the caller's trace (W3C Trace Context): with a span of our own where tracing is on, else by
 * handing on what came. A `traceparent` that is not valid is as good as none.
 */
export function traceRequests({ tracing, clock }: TraceRequestsOptions): Middleware<RequestState> {
  return function traceRequestsMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const parent = parseTraceparent(String(ctx.req.headers['traceparent'] ?? ''));
    const span = tracing.startRequest(ctx.method, parent);
    const context = span?.context ?? parent;
    if (context !== undefined) ctx.state.traceparent = formatTraceparent(context);
    if (span === undefined) {
      return next();
    }
    onceEnded(ctx, clock, (outcome) => span.end(outcome));
    return span.run(next);
  };
}
