import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** `Expect` knows one expectation (RFC 9110 §10.1.1). Node would refuse others without a body. */
export function checkExpectation(): Middleware<RequestState> {
  return function checkExpectationMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const { expect } = ctx.req.headers;
    if (expect !== undefined && expect !== '' && expect.toLowerCase() !== '100-continue') {
      throw new GatewayError('expectation_failed', 'Only the expectation 100-continue is known');
    }
    return next();
  };
}
