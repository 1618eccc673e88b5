import type { MiddlewareContext } from './state.ts';

/** Answers with JSON, serialised once: Koa would do it again for each look at the length. */
export function answerJson(ctx: MiddlewareContext, status: number, value: unknown): void {
  answerJsonText(ctx, status, Buffer.from(JSON.stringify(value)));
}

/** The same for a text that is JSON already. */
export function answerJsonText(ctx: MiddlewareContext, status: number, text: Buffer): void {
  ctx.status = status;
  ctx.body = text;
  ctx.type = 'application/json';
}
