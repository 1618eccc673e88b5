import type { Middleware, Next } from 'koa';

import type { MiddlewareContext, RequestState } from '../http/state.ts';

/**
 * While the process stops, every answer asks its client to come back over another connection. Looked at
 * when the answer is there: the request may have come before the stop began.
 */
export function closeWhileDraining(isDraining: () => boolean): Middleware<RequestState> {
  return async function closeWhileDrainingMiddleware(
    ctx: MiddlewareContext,
    next: Next,
  ): Promise<void> {
    await next();
    if (isDraining()) ctx.set('Connection', 'close');
  };
}
