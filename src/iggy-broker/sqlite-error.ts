/** Primary result codes of SQLite that are told apart here. */
export const SQLITE_BUSY = 5;
const SQLITE_NOMEM = 7;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
export const SQLITE_CORRUPT = 11;
export const SQLITE_NOTADB = 26;

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
  return PASSING.some((code) => isSqliteError(error, code));
}

/** Whether SQLite failed with this primary code. Its extended codes keep the primary one in the low byte. */
export function isSqliteError(error: unknown, code: number): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === code
  );
}
