import type { RequestListener } from 'node:http';

import type Koa from 'koa';

import { inTurn, type Layers } from './in-turn.ts';
import type { MiddlewareContext, RequestState } from './state.ts';

/** They have no body (RFC 9110 §15). */
const EMPTY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Takes requests through an application's middleware, as its own `callback()` does, for less: without a
 * promise for each layer, and without watching each answer for its end, which is done once (`outcome.ts`).
 * Answers are text, bytes, or nothing.
 */
export function listenerOf(app: Koa<RequestState>): RequestListener {
  const run = inTurn<MiddlewareContext>(app.middleware);
  if (app.listenerCount('error') === 0) app.on('error', (error: Error) => app.onerror(error));
  return (request, response) => {
    response.statusCode = 404;
    const ctx = app.createContext<RequestState>(request, response);
    void answer(ctx, run);
  };
}

async function answer(ctx: MiddlewareContext, run: Layers<MiddlewareContext>): Promise<void> {
  try {
    await run(ctx);
    respond(ctx);
    ctx.state.whenWritten?.();
  } catch (error) {
    // A fault of a layer outside of those that render problems.
    ctx.onerror(error instanceof Error ? error : new Error(String(error)));
  }
}

function respond(ctx: MiddlewareContext): void {
  if (ctx.respond === false) return;
  const { res, body } = ctx;
  if (!ctx.writable) {
    res.end();
  } else if (EMPTY_STATUSES.has(ctx.status)) {
    // Takes the headers that tell of a body with it.
    ctx.body = null;
    res.end();
  } else {
    // Node leaves it out where HEAD was asked.
    res.end(body);
  }
}
