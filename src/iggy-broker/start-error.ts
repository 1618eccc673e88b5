import { WireError } from '../iggy-protocol/index.ts';
import { InvariantError } from '../utils/invariant.ts';
import {
  isSqliteError,
  SQLITE_BUSY,
  SQLITE_CORRUPT,
  SQLITE_ERROR,
  SQLITE_NOTADB,
} from './sqlite-error.ts';

/**
 * - `locked`: another process, or another broker of this one, uses the data directory.
 * - `corrupt`: the data file is damaged.
 * - `newer`: the data file was written by a later version of this program.
 * - `foreign`: the data file belongs to some other program. It was not touched.
 * - `conflict`: the configured name of root is another user's.
 * - `address-in-use`: somebody else listens there.
 * - `io`: anything else the operating system refused, such as permissions or a full disk.
 */
export type BrokerStartReason =
  | 'locked'
  | 'corrupt'
  | 'newer'
  | 'foreign'
  | 'conflict'
  | 'address-in-use'
  | 'io';

/** Why a broker could not start. The text is for the operator and names the directory or address. */
export class BrokerStartError extends Error {
  override readonly name = 'BrokerStartError';
  readonly reason: BrokerStartReason;

  constructor(reason: BrokerStartReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What went wrong with the data in `directory`, told from what was thrown while it was opened. */
export function dataFailure(directory: string, cause: unknown): BrokerStartError {
  if (cause instanceof BrokerStartError) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  if (isSqliteError(cause, SQLITE_BUSY)) {
    return new BrokerStartError('locked', `${directory} is in use by another broker`, { cause });
  }
  const damaged =
    // Our statements are always the same ones, so they can only miss what should be there.
    isSqliteError(cause, SQLITE_ERROR) ||
    isSqliteError(cause, SQLITE_CORRUPT) ||
    isSqliteError(cause, SQLITE_NOTADB) ||
    cause instanceof WireError ||
    cause instanceof InvariantError;
  return damaged
    ? new BrokerStartError('corrupt', `The data in ${directory} is damaged: ${detail}`, { cause })
    : new BrokerStartError('io', `Cannot use the data in ${directory}: ${detail}`, { cause });
}
