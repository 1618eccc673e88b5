import type { Middleware, Next } from 'koa';

import { GatewayError } from '../errors.ts';
import { answerJson } from '../http/answer.ts';
import { PROBLEM_TYPE, toProblem } from '../http/problem.ts';
import type { MiddlewareContext, RequestState } from '../http/state.ts';
import type { Logger } from '../telemetry/logger.ts';

/** Seconds after which an unavailable gateway is worth another try. */
const RETRY_AFTER_SECS = 1;

/** The one place where an error becomes an answer. Everything inside throws; nothing else catches. */
export function renderProblems({ log }: { log: Logger }): Middleware<RequestState> {
  return async function renderProblemsMiddleware(
    ctx: MiddlewareContext,
    next: Next,
  ): Promise<void> {
    try {
      await next();
    } catch (error) {
      const known = error instanceof GatewayError ? error : hideFault(error, ctx.state);
      const problem = toProblem(known, ctx.state.requestId);
      ctx.state.errorCode = known.code;
      if (known !== error) {
        log.error('a fault of the gateway', { err: error, request_id: problem.request_id });
      } else if (problem.status >= 500) {
        log.warn(problem.detail, { err: known.cause, request_id: problem.request_id });
      }
      if (problem.status === 503) ctx.set('Retry-After', String(RETRY_AFTER_SECS));
      ctx.set({ ...known.headers });
      answerJson(ctx, problem.status, problem, PROBLEM_TYPE);
    }
  };
}

/**
 * Our own bug: the client learns the request id, no more. If something may have been written by then,
 * the answer must not promise that nothing was (http-contract §3).
 */
function hideFault(cause: unknown, { mayHaveWritten }: RequestState): GatewayError {
  return mayHaveWritten
    ? new GatewayError('outcome_unknown', 'The gateway failed after it had begun to write', {
        cause,
      })
    : new GatewayError(
        'internal_error',
        'The gateway failed; the request id tells which log line',
        {
          cause,
        },
      );
}
