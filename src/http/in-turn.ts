/** Calls what stands behind it; resolves when that is done. */
type Next = () => Promise<void>;

/** One of the layers that a request passes: like a middleware of Koa, but it need not be a promise. */
export type Layer<Context> = (ctx: Context, next: Next) => void | Promise<void>;

const DONE = Promise.resolve();

/** Layers put together; what stands behind them all may be given. */
export type Layers<Context> = (ctx: Context, last?: Next) => void | Promise<void>;

/**
 * The layers as one function, put together once: Koa's own way makes a promise for each of them and each
 * request. A layer that is no async function throws at once, to the nearest one outside of it that is: only such
 * a one may catch, or clean up. And nobody notices a layer that goes on twice.
 */
export function inTurn<Context>(layers: readonly Layer<Context>[]): Layers<Context> {
  const [first, ...others] = layers;
  if (first === undefined) return (_ctx, last) => last?.();
  const rest = inTurn(others);
  return (ctx, last) => first(ctx, () => rest(ctx, last) ?? DONE);
}
