import { waitsForContinue } from '../http/body.ts';
import type { AnswerStep, MiddlewareContext } from '../http/state.ts';
import type { Clock } from '../utils/clock.ts';

/** How much of a refused body is thrown away, and for how long, before the connection is closed. */
export const LINGER_BYTES_MAX = 16 * 1024 * 1024;
export const LINGER_MS_MAX = 1000;

/** An announced body up to this size is read to its end for nothing, and the connection stays. */
export const SPARE_BYTES_MAX = 64 * 1024;

/**
 * Answers a request whose body nobody will read. Closing at once would reset the connection, and a
 * client in the middle of its upload would never see the answer: so the whole answer is written,
 * what still comes is discarded within bounds, and only then the answer is ended, which closes.
 */
export function linger({ clock }: { clock: Clock }): AnswerStep {
  return function lingerStep(ctx): void {
    // What has come whole is in nobody's way.
    if (ctx.req.complete || !mayGoOn(ctx)) return;
    const hasText = typeof ctx.body === 'string' || Buffer.isBuffer(ctx.body);
    if (ctx.res.closed || !(hasText || ctx.body === undefined || ctx.body === null)) return;

    ctx.respond = false;
    ctx.state.answerWritten = true;
    ctx.res.setHeader('Connection', 'close');
    if (hasText) ctx.res.write(ctx.body);
    else ctx.res.flushHeaders();
    discard(ctx.req, clock, () => ctx.res.end());
  };
}

/** Whether more may still come than is worth reading for the sake of the connection. */
function mayGoOn(ctx: MiddlewareContext): boolean {
  // Until it is asked to go on, the client may or may not send its body: nobody could tell.
  if (ctx.state.bodyUnread ?? waitsForContinue(ctx)) return true;
  // Even of a body that was taken: behind the end of what was compressed more may come.
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length')) > SPARE_BYTES_MAX;
}

function discard(request: MiddlewareContext['req'], clock: Clock, done: () => void): void {
  let bytes = 0;
  function onData(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > LINGER_BYTES_MAX) stop();
  }
  function stop(): void {
    timer.cancel();
    request.off('data', onData).off('end', stop).off('close', stop);
    request.pause();
    done();
  }
  const timer = clock.after(LINGER_MS_MAX, stop);
  request.on('data', onData).on('end', stop).on('close', stop);
  request.resume();
}
