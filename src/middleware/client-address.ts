import type { Middleware, Next } from 'koa';

import type { ClientAddressOf } from '../http/client-ip.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** Notes whose request this is, while the connection is still there to be asked. */
export function clientAddress(addressOf: ClientAddressOf): Middleware<RequestState> {
  return function clientAddressMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    ctx.state.client = addressOf(ctx.req);
    return next();
  };
}
