import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import { limitKeyOf } from '../models/network.ts';
import { GcraLimiter } from '../http/gcra-limiter.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Clock } from '../utils/clock.ts';

export interface RateLimitOptions {
  clock: Clock;
  /** Requests a second that one client gets for ever. */
  requestsPerSec: number;
  /** Requests that a rested client may send at once. */
  burst: number;
}

/** Clients that are told apart; at 100 bytes each, about 10 MB. */
const RATE_CLIENTS_MAX = 100_000;

/**
 * One bucket per client address (http-contract §4). Every answer behind it says how much is left, in the
 * original's headers and in those of draft-ietf-httpapi-ratelimit-headers-11. The policy that is stated is
 * the bucket itself: who keeps to `q` requests in any `w` seconds is never refused.
 */
export function rateLimit({
  clock,
  requestsPerSec,
  burst,
}: RateLimitOptions): Middleware<RequestState> {
  const limiter = new GcraLimiter({
    clock,
    points: requestsPerSec,
    durationSecs: 1,
    burst,
    keysMax: RATE_CLIENTS_MAX,
  });
  const limit = String(burst);
  const policy = `"client";q=${burst};w=${Math.ceil(burst / requestsPerSec)}`;

  return function rateLimitMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const { granted, remaining, waitMs } = limiter.take(limitKeyOf(ctx.state.client));
    const fullSecs = Math.ceil((burst - remaining) / requestsPerSec);
    ctx.res.setHeader('X-RateLimit-Limit', limit);
    ctx.res.setHeader('X-RateLimit-Remaining', String(remaining));
    ctx.res.setHeader('RateLimit-Policy', policy);
    ctx.res.setHeader('RateLimit', `"client";r=${remaining};t=${fullSecs}`);
    if (!granted) {
      const waitSecs = Math.max(1, Math.ceil(waitMs / 1000));
      throw new GatewayError(
        'too_many_requests',
        `More than ${requestsPerSec} requests a second (${burst} at once) from one address`,
        { headers: { 'Retry-After': String(waitSecs) } },
      );
    }
    return next();
  };
}
