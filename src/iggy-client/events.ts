import type { CircuitState } from './breaker.ts';

/**
 * What happens to the connection, for logs and metrics. The connection is that of the whole client: it
 * is there while at least one session is logged in.
 */
export type ClientEvent =
  | { readonly kind: 'connected'; readonly serverVersion: string | undefined }
  /** The last session is gone. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** One session is gone, others remain. */
  | { readonly kind: 'session-lost'; readonly reason: string }
  /** An attempt failed, or the connection was lost: the next attempt comes after `delayMs`. */
  | {
      readonly kind: 'reconnecting';
      /** Failed attempts in a row. */
      readonly attempts: number;
      readonly delayMs: number;
      readonly reason: string;
    }
  /** The broker refuses us for a reason that waiting does not mend. Said once, until that changes. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The broker has failed too often in a row: calls are rejected for a while. */
  | { readonly kind: 'circuit-opened'; readonly reason: string }
  /** One call at a time is let through, to see whether the broker is well again. */
  | { readonly kind: 'circuit-half-open' }
  /** The broker is well again. */
  | { readonly kind: 'circuit-closed' }
  /** A call was rejected: one event for each. */
  | { readonly kind: 'circuit-rejected'; readonly state: Exclude<CircuitState, 'closed'> }
  /** Messages that wait for one partition are written to the broker, in one request. */
  | { readonly kind: 'batch-sent'; readonly messagesCount: number }
  /** The configured number of attempts is spent. The client is closed for good. */
  | { readonly kind: 'gave-up'; readonly attempts: number; readonly reason: string };

/** Called in the middle of things: it must return quickly, must not throw, and not call the client. */
export type ClientEventListener = (event: ClientEvent) => void;
