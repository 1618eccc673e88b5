import { whenClosed } from '../http/outcome.ts';
import { PIECE_BYTES, writeInPieces } from '../http/pieces.ts';
import type { AnswerStep, MiddlewareContext } from '../http/state.ts';
import type { Clock } from '../utils/clock.ts';

export interface CutStalledOptions {
  clock: Clock;
  /** How long a client may take nothing of its answer. */
  stallTimeoutMs: number;
}

/**
 * Ends the connection of a client that takes nothing of its answer for too long: until then the answer is
 * kept in memory. A long one is handed over in pieces, so that it can be seen whether they are taken; the
 * system takes some in advance, and so shows the progress of a slow client in steps of 1 to 2 MB.
 */
export function cutStalled(options: CutStalledOptions): AnswerStep {
  return function cutStalledStep(ctx): void {
    if (ctx.res.closed) return;
    const { body } = ctx;
    // Node itself leaves the body out where HEAD was asked; what lingers is written already.
    if (Buffer.isBuffer(body) && body.length > PIECE_BYTES && ctx.respond !== false) {
      ctx.respond = false;
      writeInPieces(ctx.res, body, watchReader(ctx, options));
      return;
    }
    // Nearly always the system takes all of it at once: then nobody need be watched.
    ctx.state.whenWritten = () => {
      if (ctx.res.writableLength > 0 && !ctx.res.closed) watchReader(ctx, options);
    };
  };
}

/** From now until the answer has ended. The caller tells of each part that is taken. */
function watchReader(ctx: MiddlewareContext, options: CutStalledOptions): () => void {
  const { clock, stallTimeoutMs } = options;
  const { res: answer } = ctx;
  let sinceMs = clock.monotonicMs();
  const taken = (): void => {
    sinceMs = clock.monotonicMs();
  };
  // Answers to pipelined requests have no socket before it is their turn: nobody could take them.
  let wasItsTurn = answer.socket !== null;
  function look(): void {
    if (!wasItsTurn) taken();
    wasItsTurn = answer.socket !== null;
    const idleMs = clock.monotonicMs() - sinceMs;
    if (idleMs < stallTimeoutMs) {
      timer = clock.after(stallTimeoutMs - idleMs, look);
      return;
    }
    ctx.state.stalled = true;
    // Not closed: the system would go on offering what it has already taken.
    ctx.req.socket.resetAndDestroy();
  }
  let timer = clock.after(stallTimeoutMs, look);
  whenClosed(ctx, () => timer.cancel());
  return taken;
}
