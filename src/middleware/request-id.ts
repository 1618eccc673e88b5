import { randomUUID } from 'node:crypto';

import type { Middleware, Next } from 'koa';

import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** Safe to be written into a header and a log line (http-contract §4). */
const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;

/** Takes the client's request id if it is fit to be written down, else a new one. On every answer. */
export function requestId(): Middleware<RequestState> {
  return async function requestIdMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const given = ctx.get('x-request-id');
    ctx.state.requestId = REQUEST_ID.test(given) ? given : randomUUID();
    ctx.set('X-Request-Id', ctx.state.requestId);
    await next();
  };
}
