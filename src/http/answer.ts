import type { MiddlewareContext } from './state.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Node writes a short text together with the head of its answer. A long one is sent in pieces (`cutStalled`). */
const SHORT_CHARACTERS_MAX = 16 * 1024;

/** Answers with JSON, serialised once: Koa would do it again for each look at the length. */
export function answerJson(
  ctx: MiddlewareContext,
  status: number,
  value: unknown,
  type = JSON_TYPE,
): void {
  answerJsonText(ctx, status, JSON.stringify(value), type);
}

/** The same for a text that is JSON already. */
export function answerJsonText(
  ctx: MiddlewareContext,
  status: number,
  text: string | Buffer,
  type = JSON_TYPE,
): void {
  ctx.status = status;
  // Before the body: Koa would look for a type of its own, and again for the name of this one.
  ctx.res.setHeader('Content-Type', type);
  const isLong = typeof text === 'string' && text.length > SHORT_CHARACTERS_MAX;
  ctx.body = isLong ? Buffer.from(text) : text;
}
