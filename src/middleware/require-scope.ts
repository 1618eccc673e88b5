import type { Next } from 'koa';

import { GatewayError } from '../errors.ts';
import type { GatewayContext } from '../http/state.ts';
import { allows, type Resource, type Verb } from '../models/scope.ts';

export interface RequireScopeOptions {
  /** What the route does. */
  verb: Verb;
  /** What it does it to, where the path does not tell. */
  target?: Resource | undefined;
}

type RouteGate = (ctx: GatewayContext, next: Next) => Promise<void>;

/** Stands before a route: the key that came in must be allowed to do this to what the path names. */
export function requireScope({ verb, target }: RequireScopeOptions): RouteGate {
  return function requireScopeMiddleware(ctx: GatewayContext, next: Next): Promise<void> {
    const { scopes } = ctx.state;
    const { stream, topic } = target ?? ctx.params;
    if (scopes !== 'everything' && !allows(scopes ?? [], verb, { stream, topic })) {
      const what = [stream ?? '*', topic].filter((name) => name !== undefined).join('/');
      throw new GatewayError('forbidden', `This API key has no scope for ${verb}:${what}`);
    }
    return next();
  };
}
