/** Primary result codes of SQLite that are told apart here. */
export const SQLITE_BUSY = 5;
export const SQLITE_CORRUPT = 11;
export const SQLITE_NOTADB = 26;

/** Whether SQLite failed with this primary code. Its extended codes keep the primary one in the low byte. */
export function isSqliteError(error: unknown, code: number): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & 0xff) === code
  );
}
