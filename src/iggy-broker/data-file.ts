import { closeSync, existsSync, fsyncSync, linkSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { Catalog } from './catalog.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { SqlConnection } from './sql-connection.ts';
import { versionOf } from './sqlite-file.ts';
import { inspect, type Inspection } from './sqlite-inspection.ts';
import { SCHEMA_VERSION } from './sqlite-schema.ts';
import { readState } from './sqlite-state.ts';
import { DATA_FILE, IN_MEMORY, openStorage } from './sqlite-storage.ts';
import { BrokerStartError, dataFailure } from './start-error.ts';
import { decodePermissions } from './users.ts';

/** A broker that starts or stops has the file for itself for a moment. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Looks at all data in `directory`, and changes nothing. A broker may be running on it: what is looked at
 * is how the data were when it began.
 *
 * @throws BrokerStartError if there is nothing that could be looked at
 */
export function checkData(directory: string): Inspection {
  return readOnly(path.join(directory, DATA_FILE), (database, file) => inspectFile(database, file));
}

/**
 * Writes the data in `directory`, as they are now, to `target`. A broker may be running on them, and is not
 * held up. The copy is a data file of its own, with nothing free in it; it was looked at as by `checkData`,
 * and is on the disk, before it is called `target`.
 *
 * @throws BrokerStartError if there is something called so already, or the copy is not good
 */
export function backUpData(directory: string, target: string): Inspection {
  if (existsSync(target)) throw new BrokerStartError('io', `${target} exists already`);
  const workshop = beside(directory, target);
  const partial = path.join(workshop, DATA_FILE);
  try {
    readOnly(path.join(directory, DATA_FILE), (database, file) => {
      versionOf(new SqlConnection(database), file);
      database.prepare('VACUUM INTO ?').run(partial);
    });
    const inspection = readOnly(partial, inspectFile);
    const [finding] = inspection.findings;
    if (finding !== undefined)
      throw new BrokerStartError('corrupt', `The data are damaged: ${finding}`);
    flush(partial);
    // Unlike a renaming it never takes the place of a file, such as that of a backup that was faster.
    linkSync(partial, target);
    flush(path.dirname(path.resolve(target)));
    return inspection;
  } catch (cause) {
    throw dataFailure(directory, cause);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** A directory on the disk of `target` that nobody else uses. */
function beside(directory: string, target: string): string {
  try {
    return mkdtempSync(`${target}.partial-`);
  } catch (cause) {
    throw dataFailure(directory, cause);
  }
}

/** In one transaction, so that everything is seen at the same moment. */
function inspectFile(database: DatabaseSync, file: string): Inspection {
  const connection = new SqlConnection(database);
  const version = versionOf(connection, file);
  if (version === undefined) {
    throw new BrokerStartError('foreign', `${file} is empty`);
  }
  database.exec('BEGIN');
  const inspection = inspect(connection);
  const fault = version === SCHEMA_VERSION ? loadFault(connection, file) : undefined;
  return fault === undefined
    ? inspection
    : { ...inspection, findings: [...inspection.findings, fault] };
}

/** Why no broker could read the data of this version when it starts, if so. */
function loadFault(connection: SqlConnection, file: string): string | undefined {
  // The catalog writes nothing unless it is told to.
  const unused = openStorage(IN_MEMORY);
  try {
    const stored = readState(connection);
    void new Catalog(unused, stored, DEFAULT_LIMITS);
    for (const { permissions } of stored.users) decodePermissions(permissions);
    return undefined;
  } catch (cause) {
    const failure = dataFailure(path.dirname(file), cause);
    if (failure.reason !== 'corrupt') throw failure;
    return failure.message;
  } finally {
    unused.close();
  }
}

function readOnly<Result>(
  file: string,
  use: (database: DatabaseSync, file: string) => Result,
): Result {
  if (!existsSync(file)) throw new BrokerStartError('io', `There is no ${file}`);
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      return use(database, file);
    } finally {
      database.close();
    }
  } catch (cause) {
    throw dataFailure(path.dirname(file), cause);
  }
}

function flush(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
