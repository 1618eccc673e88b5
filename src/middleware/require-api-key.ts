import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import { GcraLimiter, takePoint } from '../http/gcra-limiter.ts';
import type { KeyRing } from '../http/key-ring.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import { limitKeyOf } from '../models/network.ts';
import type { Clock } from '../utils/clock.ts';

export interface RequireApiKeyOptions {
  clock: Clock;
  /** Undefined: there are no keys, and everybody may do everything. */
  keys: KeyRing | undefined;
  /** Paths that need no key. */
  isOpen: (path: string) => boolean;
}

/** Wrong keys that one address may try: five at once, then ten a minute (http-contract §4). */
const FAILURES_PER_MINUTE = 10;
const FAILURES_BURST = 5;
const FAILING_CLIENTS_MAX = 100_000;

/** When the key in the query was deprecated, as RFC 9745 writes a date: 2026-11-01. */
const QUERY_KEY_DEPRECATED = '@1793491200';

/**
 * Lets nobody in without a key that is known, and notes what that key may do; whether it may do this is
 * asked by the route. A wrong key costs its address a point, a right one is looked at first and costs
 * nothing: nobody can shut others out by failing (http-contract §7, fault 7).
 */
export function requireApiKey(options: RequireApiKeyOptions): Middleware<RequestState> {
  const { clock, keys, isOpen } = options;
  const failures = new GcraLimiter({
    clock,
    points: FAILURES_PER_MINUTE,
    durationSecs: 60,
    burst: FAILURES_BURST,
    keysMax: FAILING_CLIENTS_MAX,
  });

  async function refuse(client: string): Promise<never> {
    const { granted, waitMs } = await takePoint(failures, limitKeyOf(client));
    throw granted ? unauthorized('Invalid API key') : tooManyFailures(waitMs);
  }

  return function requireApiKeyMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    if (keys === undefined || ctx.method === 'OPTIONS' || isOpen(ctx.path)) {
      ctx.state.scopes = 'everything';
      return next();
    }
    const given = givenKey(ctx);
    if (given === undefined) throw unauthorized('API key required');
    const key = keys.find(given);
    if (key === undefined) return refuse(ctx.state.client);
    ctx.state.keyName = key.name;
    ctx.state.scopes = key.scopes;
    return next();
  };
}

/** The first one that is there: `X-API-Key`, `Authorization: Bearer`, or `api_key` in the query. */
function givenKey(ctx: MiddlewareContext): string | undefined {
  const inHeader =
    String(ctx.req.headers['x-api-key'] ?? '') ||
    /^Bearer +(\S+) *$/i.exec(ctx.get('authorization'))?.[1];
  if (inHeader) return inHeader;
  const inQuery = new URLSearchParams(ctx.querystring).get('api_key');
  if (!inQuery) return undefined;
  ctx.set('Deprecation', QUERY_KEY_DEPRECATED);
  return inQuery;
}

function unauthorized(message: string): GatewayError {
  return new GatewayError('unauthorized', message, { headers: { 'WWW-Authenticate': 'API-Key' } });
}

function tooManyFailures(waitMs: number): GatewayError {
  const waitSecs = Math.max(1, Math.ceil(waitMs / 1000));
  return new GatewayError('too_many_requests', 'Too many wrong API keys from one address', {
    headers: { 'Retry-After': String(waitSecs) },
  });
}
