import type { RouterContext } from '@koa/router';
import type { ParameterizedContext } from 'koa';

/** What middleware puts on `ctx.state` before any handler runs. */
export interface RequestState {
  requestId: string;
  /** Aborted at the request's deadline, or when the client goes away. */
  signal: AbortSignal;
  /** Aborted when the body must be complete, and never later than `signal`. */
  bodySignal: AbortSignal;
  /** The client may be in the middle of a body that nobody will read: answer, linger, close. */
  bodyUnread?: boolean;
  /**
   * From here on a fault of our own may hide that something was stored. Set before a service is
   * asked to write: the answer to such a fault is `outcome_unknown` (http-contract §3).
   */
  mayHaveWritten?: boolean;
}

export type GatewayContext = RouterContext<RequestState>;
export type MiddlewareContext = ParameterizedContext<RequestState>;

/** Answers one request. It parses, calls one service and presents; it never catches. */
export type Handler = (ctx: GatewayContext) => void | Promise<void>;
