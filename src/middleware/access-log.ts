import type { Middleware, Next } from 'koa';

import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Clock } from '../utils/clock.ts';

/** One line per request (http-contract §6). The route is its pattern, not the path: few and harmless. */
export function accessLog({ log, clock }: { log: Logger; clock: Clock }): Middleware<RequestState> {
  return async function accessLogMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const startMs = clock.monotonicMs();
    await next();
    log.info('request', {
      method: ctx.method,
      route: routeOf(ctx),
      status: ctx.status,
      ms: Math.round((clock.monotonicMs() - startMs) * 1000) / 1000,
      bytes: ctx.length ?? 0,
      request_id: ctx.state.requestId,
      client: ctx.req.socket.remoteAddress,
      ...(ctx.res.closed && { aborted: true }),
    });
  };
}

function routeOf(ctx: MiddlewareContext): string | undefined {
  const route: unknown = ctx['_matchedRoute'];
  return typeof route === 'string' ? route : undefined;
}
