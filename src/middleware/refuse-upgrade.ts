import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

/** Offers of another HTTP: Java's HttpClient makes one by default, and goes on without it. */
const OFFER = /^\s*(?:h2c|HTTP\/\d(?:\.\d)?)\s*$/i;

/**
 * A client that asks for another protocol, such as a WebSocket, has no use for an answer in this one:
 * it is told so. An offer of another HTTP is passed over, as RFC 9110 §7.8 allows.
 */
export function refuseUpgrade(): Middleware<RequestState> {
  return function refuseUpgradeMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    if (ctx.req.headers.upgrade === undefined) return next();
    const asks = /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(ctx.get('connection'));
    const protocols = ctx.get('upgrade').split(',');
    if (asks && protocols.some((protocol) => protocol.trim() !== '' && !OFFER.test(protocol))) {
      throw new GatewayError('bad_request', 'This server does not change the protocol');
    }
    return next();
  };
}
