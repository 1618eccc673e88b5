import type { Middleware, Next } from 'koa';

import { inTurn, type Layer, type Layers } from '../http/in-turn.ts';
import type { GatewayContext, MiddlewareContext, RequestState } from '../http/state.ts';

export type RouteLayer = Layer<GatewayContext>;

/** A route as the router has it, with everything a request passes on it. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With parameters such as `:stream`. */
  readonly path: string;
  readonly layers: readonly RouteLayer[];
}

type Params = Record<string, string>;

interface Candidate {
  readonly path: string;
  readonly pattern: RegExp;
  readonly run: Layers<GatewayContext>;
}

/**
 * Takes a few busy routes past the router, which looks at every route for every request and puts their layers
 * together anew each time. Nothing is decided here: what is not exactly one of these routes, with parameters
 * that need no decoding, goes on to the router, where the same routes stand again.
 */
export function matchAhead(routes: readonly Route[]): Middleware<RequestState> {
  const candidates = Map.groupBy(routes.map(toCandidate), ({ method }) => method);

  return function matchAheadMiddleware(ctx: MiddlewareContext, next: Next): void | Promise<void> {
    for (const { path, pattern, run } of candidates.get(ctx.method) ?? []) {
      const match = pattern.exec(ctx.path);
      if (match) return run(asRouted(ctx, path, match.groups ?? {}));
    }
    return next();
  };
}

function toCandidate({ method, path, layers }: Route): Candidate & { method: string } {
  const pattern = new RegExp(`^${path.replaceAll(/:(\w+)/g, String.raw`(?<$1>[\w.-]+)`)}$`);
  return { method: method.toUpperCase(), path, pattern, run: inTurn(layers) };
}

/** What the router leaves on the context, and somebody reads. */
function asRouted(ctx: MiddlewareContext, path: string, params: Params): GatewayContext {
  // The router itself is not there; nobody asks for it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.assign(ctx, { params, _matchedRoute: path }) as unknown as GatewayContext;
}
