import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { dataFailure } from './start-error.ts';

export interface DirectoryLock {
  /** Harmless when it already was. */
  release(): void;
}

/**
 * Makes `directory` if it is missing (for its owner's eyes only) and takes it for this broker alone.
 * SQLite by itself would let a second process write to the same file happily.
 *
 * The lock is the open exclusive transaction of an empty database: a lock of the kernel's, gone with
 * the process however it ends, so nothing stale is ever left behind.
 *
 * @throws BrokerStartError `locked` or `io`
 */
export function lockDirectory(directory: string): DirectoryLock {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return { release: holdExclusively(path.join(directory, 'broker.lock')) };
  } catch (cause) {
    throw dataFailure(directory, cause);
  }
}

function holdExclusively(file: string): () => void {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // The journal stays in memory, or a killed process would leave one behind.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw cause;
  }
  return () => {
    if (database.isOpen) database.close();
  };
}
