import type { MiddlewareContext } from './state.ts';

/** The query's parameters, decoded once; one that is given several times is an array. */
export function queryOf(ctx: MiddlewareContext): Record<string, string | string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return Object.fromEntries(
    [...values].map(([name, [only = '', ...more]]) => [
      name,
      more.length === 0 ? only : [only, ...more],
    ]),
  );
}
