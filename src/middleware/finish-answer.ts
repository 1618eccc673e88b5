import type { Middleware, Next } from 'koa';

import type { AnswerStep, MiddlewareContext, RequestState } from '../http/state.ts';

/** Runs the steps in turn, once the answer is there. One layer for all of them: each layer costs every request. */
export function finishAnswer(steps: readonly AnswerStep[]): Middleware<RequestState> {
  return async function finishAnswerMiddleware(ctx: MiddlewareContext, next: Next): Promise<void> {
    await next();
    ctx.state.answered = true;
    for (const step of steps) step(ctx);
  };
}
