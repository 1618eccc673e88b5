import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import { whenClosed } from '../http/outcome.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';

type Socket = MiddlewareContext['req']['socket'];

export interface AdmissionOptions {
  /** Requests under way at once, and answers that are not taken yet. */
  inFlightMax: number;
  /** How late the event loop may be, in ms; 0: any time. */
  loopLagMaxMs: number;
  /** How late it is, and has been for a while. */
  loopLagMs: () => number;
  /** Whether this connection is one too many. */
  isSurplus: (socket: Socket) => boolean;
}

/**
 * Turns requests away while there is more to do than can be done, before memory grows: nothing was read
 * of them, nothing stored, and another replica may have time. A request counts until its client has taken
 * the answer, or is gone: until then the answer is kept.
 */
export function admission(options: AdmissionOptions): Middleware<RequestState> {
  const { inFlightMax, loopLagMaxMs, loopLagMs, isSurplus } = options;
  let inFlight = 0;

  function refusal(socket: Socket): string | undefined {
    if (isSurplus(socket)) return 'There are too many connections';
    if (inFlight >= inFlightMax) return 'There are too many requests under way';
    if (loopLagMaxMs > 0 && loopLagMs() > loopLagMaxMs)
      return 'The gateway is behind with its work';
    return undefined;
  }

  return async function admissionMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const reason = refusal(ctx.req.socket);
    if (reason !== undefined) throw new GatewayError('overloaded', reason);
    inFlight += 1;
    try {
      await next();
    } finally {
      whenClosed(ctx, () => (inFlight -= 1));
    }
  };
}
