import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

const HOST = 'host';

/**
 * HTTP/1.1 wants exactly one `Host` (RFC 9112 §3.2). Node would refuse none with a bare answer of its
 * own, and take the first of two: a proxy may have taken the other one.
 */
export function checkHost(): Middleware<RequestState> {
  return function checkHostMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const { rawHeaders } = ctx.req;
    let hosts = 0;
    for (let name = 0; name < rawHeaders.length; name += 2) {
      const header = rawHeaders[name];
      if (header?.length === HOST.length && header.toLowerCase() === HOST) hosts += 1;
    }
    if (hosts > 1 || (hosts === 0 && ctx.req.httpVersion === '1.1')) {
      throw new GatewayError('bad_request', 'The request must have exactly one Host header');
    }
    return next();
  };
}
