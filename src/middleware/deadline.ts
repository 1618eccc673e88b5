import type { Middleware, Next } from 'koa';

import { whenClosed } from '../http/outcome.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Clock, Timer } from '../utils/clock.ts';
import { DeadlinePassed } from '../utils/deadline-passed.ts';

const REQUEST_TIMEOUT_MIN_MS = 100;
const REQUEST_TIMEOUT_MAX_MS = 300_000;

export interface DeadlineOptions {
  clock: Clock;
  /** The longest a request may take; a client may only shorten it. */
  operationTimeoutMs: number;
  /** The longest a body may take to arrive. */
  bodyTimeoutMs: number;
}

/**
 * Gives each request its patience: `ctx.state.signal` is aborted at the deadline, or when the client
 * goes away; with `DeadlinePassed` only where the client has not shortened its time. An `X-Request-Timeout` that
 * makes no sense is passed over, as the original does; the answer's `X-Effective-Timeout` tells which one is in
 * force.
 */
export function deadline(options: DeadlineOptions): Middleware<RequestState> {
  const { clock, operationTimeoutMs, bodyTimeoutMs } = options;

  return async function deadlineMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    const wantedMs = parseTimeout(String(ctx.req.headers['x-request-timeout'] ?? ''));
    const timeoutMs = Math.min(wantedMs ?? operationTimeoutMs, operationTimeoutMs);
    ctx.res.setHeader('X-Effective-Timeout', String(timeoutMs));

    const whole = new AbortController();
    ctx.state.signal = whole.signal;
    // Only if it is waited for: most bodies come with their headers.
    let bodyTimer: Timer | undefined;
    ctx.state.bodySignal = () => {
      const body = new AbortController();
      if (whole.signal.aborted) body.abort(whole.signal.reason);
      const patienceMs = Math.min(timeoutMs, bodyTimeoutMs);
      bodyTimer = clock.after(patienceMs, () => {
        body.abort(new Error(`${patienceMs} ms have passed`));
      });
      return body.signal;
    };

    let underWay = true;
    const wholeTimer = clock.after(timeoutMs, () => {
      const shortened = timeoutMs < operationTimeoutMs;
      whole.abort(
        shortened
          ? new Error(`the client's ${timeoutMs} ms have passed`)
          : new DeadlinePassed(timeoutMs),
      );
    });
    whenClosed(ctx, () => {
      if (underWay) whole.abort(new Error('the client went away'));
    });
    try {
      await next();
    } finally {
      underWay = false;
      wholeTimer.cancel();
      bodyTimer?.cancel();
    }
  };
}

function parseTimeout(text: string): number | undefined {
  if (!/^\d{1,6}$/.test(text)) return undefined;
  const timeoutMs = Number(text);
  const makesSense = timeoutMs >= REQUEST_TIMEOUT_MIN_MS && timeoutMs <= REQUEST_TIMEOUT_MAX_MS;
  return makesSense ? timeoutMs : undefined;
}
