/**
 * What can become of a request, as a closed list. The first seven promise that a write did **not**
 * happen; only `outcome-unknown` does not.
 *
 * - `refused`: the broker answered with an error code (`code`); final.
 * - `overloaded`: a bound of ours was reached before anything was written.
 * - `lost`: there was no connection until the caller's patience ended, or it broke in the middle of a read.
 * - `timeout`: there was a connection, but the answer did not come, or no session became free, in time.
 * - `wire`: a reply could not be understood. Of a read only; of a write that is `outcome-unknown`.
 * - `closed`: the client was stopped, or gave up reconnecting.
 * - `circuit-open`: the broker failed too often of late and is spared for a while (`retryAfterMs`).
 * - `outcome-unknown`: a write (or a committing poll) left, and nobody can say whether it happened.
 */
export type IggyErrorKind =
  | 'refused'
  | 'overloaded'
  | 'lost'
  | 'timeout'
  | 'wire'
  | 'closed'
  | 'circuit-open'
  | 'outcome-unknown';

export interface IggyErrorOptions {
  cause?: unknown;
  /** Iggy's error code (iggy-vsr-0.11 §8); only with `refused`. */
  code?: number;
  /** We refused this ourselves, in the words of the broker: it was not asked. Only with `refused`. */
  local?: boolean;
  /** When it is worth another try; 0 if nobody can say. Only with `circuit-open`. */
  retryAfterMs?: number;
}

/** The only error that leaves this library. `kind` is for programs, the text for people. */
export class IggyError extends Error {
  override readonly name = 'IggyError';
  readonly kind: IggyErrorKind;
  readonly code: number | undefined;
  readonly local: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(kind: IggyErrorKind, message: string, options: IggyErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.code = options.code;
    this.local = options.local ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}
