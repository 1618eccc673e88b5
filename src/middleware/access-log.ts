import type { Middleware, Next } from 'koa';

import { onceEnded } from '../http/outcome.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from '../utils/clock.ts';
import { parseTraceparent } from '../utils/traceparent.ts';

/**
 * One line per request (http-contract §6), when its answer has ended. Of what a client has written,
 * nothing is in it that was not checked first: no path, no query, no header as it came.
 */
export function accessLog({ log, clock }: { log: Logger; clock: Clock }): Middleware<RequestState> {
  return function accessLogMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    onceEnded(ctx, clock, ({ method, route, status, aborted, stalled, ms }) => {
      const { requestId, client, traceparent, keyName, errorCode, answered } = ctx.state;
      log.record('request', {
        method,
        route,
        status,
        ms: Math.round(ms * 1000) / 1000,
        bytes: ctx.length ?? 0,
        request_id: requestId,
        client,
        trace_id: traceparent && parseTraceparent(traceparent)?.traceId,
        key: keyName,
        error: errorCode,
        // What it would have been told, if that was known by then; a send may well be stored.
        aborted: aborted || undefined,
        stalled: stalled || undefined,
        unsent_status: aborted && answered ? ctx.status : undefined,
      });
    });
    return next();
  };
}
