/** Primary result codes of SQLite that are told apart here. This one: there is no such table or column. */
export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
const SQLITE_NOMEM = 7;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
export const SQLITE_CORRUPT = 11;
export const SQLITE_NOTADB = 26;

/** The disk did not confirm what it may have got all the same: nobody may be told that it was not stored. */
const SQLITE_IOERR_FSYNC = 1034;

/** Of the disk, or of somebody who has the file locked: they pass. */
const PASSING = [
  SQLITE_BUSY,
  SQLITE_NOMEM,
  SQLITE_READONLY,
  SQLITE_IOERR,
  SQLITE_FULL,
  SQLITE_CANTOPEN,
] as const;

/** Whether SQLite could not write, and may be able to later. */
export function isPassing(error: unknown): error is Error {
  if (errcodeOf(error) === SQLITE_IOERR_FSYNC) return false;
  return PASSING.some((code) => isSqliteError(error, code));
}

/** Whether SQLite failed with this primary code. Its extended codes keep the primary one in the low byte. */
export function isSqliteError(error: unknown, code: number): boolean {
  const errcode = errcodeOf(error);
  return errcode !== undefined && (errcode & 0xff) === code;
}

function errcodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error && 'errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
