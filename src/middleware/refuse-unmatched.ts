import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

interface MatchedRoute {
  methods: readonly string[];
}

/**
 * Stands behind the router, which lets through what no route has taken: OPTIONS is answered with `Allow`,
 * another method of a known path is a 405, whatever it is called, and an unknown path is a 404.
 */
export function refuseUnmatched(): Middleware<RequestState> {
  // The router leaves on the context the routes whose path fits, whatever their method.
  return async function refuseUnmatchedMiddleware(
    ctx: MiddlewareContext & { matched?: readonly MatchedRoute[] },
    next: Next,
  ): Promise<void> {
    await next();
    const methods = new Set((ctx.matched ?? []).flatMap((route) => route.methods));
    if (methods.size === 0) {
      throw new GatewayError('route_not_found', `There is no path ${ctx.path.slice(0, 200)}`);
    }
    const allow = [...methods, 'OPTIONS'].toSorted().join(', ');
    if (ctx.method !== 'OPTIONS') {
      throw new GatewayError('method_not_allowed', `${ctx.method} is not known here`, {
        headers: { Allow: allow },
      });
    }
    ctx.set('Allow', allow);
    ctx.status = 204;
  };
}
