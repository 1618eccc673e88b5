/**
 * What can become of a request, as a closed list. The first six promise that a write did **not** happen;
 * only `outcome-unknown` does not.
 *
 * - `refused`: the broker answered with an error code (`code`); final.
 * - `overloaded`: a bound of ours was reached before anything was written.
 * - `lost`: there was no connection until the caller's patience ended, or it broke in the middle of a read.
 * - `timeout`: there was a connection, but the answer did not come, or no session became free, in time.
 * - `wire`: a reply could not be understood. Of a read only; of a write that is `outcome-unknown`.
 * - `closed`: the client was stopped, or gave up reconnecting.
 * - `outcome-unknown`: a write (or a committing poll) left, and nobody can say whether it happened.
 */
export type IggyErrorKind =
  | 'refused'
  | 'overloaded'
  | 'lost'
  | 'timeout'
  | 'wire'
  | 'closed'
  | 'outcome-unknown';

export interface IggyErrorOptions {
  cause?: unknown;
  /** Iggy's error code (iggy-vsr-0.11 §8); only with `refused`. */
  code?: number;
}

/** The only error that leaves this library. `kind` is for programs, the text for people. */
export class IggyError extends Error {
  override readonly name = 'IggyError';
  readonly kind: IggyErrorKind;
  readonly code: number | undefined;

  constructor(kind: IggyErrorKind, message: string, { cause, code }: IggyErrorOptions = {}) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
  }
}
