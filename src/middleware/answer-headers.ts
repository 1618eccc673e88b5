import type { Middleware, Next } from 'koa';

import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** What every answer of the API says, whatever it is (http-contract §4). */
export function answerHeaders(): Middleware<RequestState> {
  return function answerHeadersMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    ctx.res.setHeader('X-Content-Type-Options', 'nosniff');
    ctx.res.setHeader('Cache-Control', 'no-store');
    return next();
  };
}
