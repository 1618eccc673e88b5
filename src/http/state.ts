import type { RouterContext } from '@koa/router';
import type { ParameterizedContext } from 'koa';

import type { ErrorCode } from '../errors.ts';
import type { Scope } from '../models/scope.ts';

/** What middleware puts on `ctx.state` before any handler runs. */
export interface RequestState {
  requestId: string;
  /** The client's address, as far as it can be known. */
  client: string;
  /** What the client may do; set once it has been let in. */
  scopes?: readonly Scope[] | 'everything';
  /** Aborted at the request's deadline, or when the client goes away. */
  signal: AbortSignal;
  /** To be called once: a signal that is aborted when the body must be complete, whoever is still there. */
  bodySignal: () => AbortSignal;
  /**
   * Whether the client may be in the middle of a body that nobody will read: answer, linger, close.
   * False: it was read. Absent: nobody has begun to.
   */
  bodyUnread?: boolean;
  /**
   * From here on a fault of our own may hide that something was stored. Set before a service is
   * asked to write: the answer to such a fault is `outcome_unknown` (http-contract §3).
   */
  mayHaveWritten?: boolean;
  /** The trace this request belongs to, for what comes after it; absent if it belongs to none. */
  traceparent?: string;
  /** The name of the API key that was used, if one was. */
  keyName?: string;
  /** The problem that was the answer, if it was one. */
  errorCode?: ErrorCode;
  /** The client was cut off, because it took nothing of its answer for too long. */
  stalled?: boolean;
  /** The answer is there, to be written. */
  answered?: boolean;
  /** What is done when the answer has ended, or its connection. */
  closeListeners?: (() => void)[];
  /** Called, if it is there, when the answer was handed to Node, whether the client takes it or not. */
  whenWritten?: () => void;
  /** The client has its whole answer; it is not ended yet, because the rest of the body is waited for. */
  answerWritten?: boolean;
}

export type GatewayContext = RouterContext<RequestState>;
export type MiddlewareContext = ParameterizedContext<RequestState>;

/** Answers one request. It parses, calls one service and presents; it never catches. */
export type Handler = (ctx: GatewayContext) => void | Promise<void>;

/** Has a last look at an answer before it is written, and may write it itself. */
export type AnswerStep = (ctx: MiddlewareContext) => void;
