import type { Middleware, Next } from 'koa';

import { chooseRequestId } from '../http/request-id.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** Gives every request its id, and every answer the same in `X-Request-Id`. */
export function requestId(): Middleware<RequestState> {
  return function requestIdMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    ctx.state.requestId = chooseRequestId(String(ctx.req.headers['x-request-id'] ?? ''));
    ctx.res.setHeader('X-Request-Id', ctx.state.requestId);
    return next();
  };
}
