import type { Clock } from '../utils/clock.ts';
import type { MiddlewareContext } from './state.ts';

/** How a request ended, for whoever keeps account. */
export interface RequestOutcome {
  method: string;
  /** The route's pattern, not the path: few and harmless. Absent if no route was reached. */
  route: string | undefined;
  /** What the client got; `CLIENT_GONE` if it went away before. */
  status: number;
  aborted: boolean;
  /** It was cut off, because it took nothing of its answer for too long; then it is `aborted` too. */
  stalled: boolean;
  ms: number;
}

/** What proxies log for a client that did not wait. Never sent: nobody is there to read it. */
const CLIENT_GONE = 499;

/**
 * Tells how a request ended, once: when the last byte of the answer was handed to the system, or the
 * client went away. Only then it is known whether there was anybody to be answered.
 */
export function onceEnded(
  ctx: MiddlewareContext,
  clock: Clock,
  tell: (outcome: RequestOutcome) => void,
): void {
  const startMs = clock.monotonicMs();
  const { res: answer } = ctx;
  function end(): void {
    const aborted = !answer.writableFinished && !ctx.state.answerWritten;
    tell({
      method: ctx.method,
      route: routeOf(ctx),
      status: aborted ? CLIENT_GONE : answer.statusCode,
      aborted,
      stalled: ctx.state.stalled === true,
      ms: clock.monotonicMs() - startMs,
    });
  }
  whenClosed(ctx, end);
}

/**
 * Calls `run` when the answer has ended, or its connection; at once if it has. One listener for all who want to
 * know: each costs as much as the rest of a layer.
 */
export function whenClosed({ res: answer, state }: MiddlewareContext, run: () => void): void {
  if (answer.closed) {
    run();
    return;
  }
  if (state.closeListeners !== undefined) {
    state.closeListeners.push(run);
    return;
  }
  const all = [run];
  state.closeListeners = all;
  answer.on('close', () => {
    // Let go of: an idle connection may keep its last answer, which keeps this function.
    for (const each of all.splice(0)) each();
  });
}

function routeOf(ctx: MiddlewareContext): string | undefined {
  const route: unknown = ctx['_matchedRoute'];
  return typeof route === 'string' ? route : undefined;
}
