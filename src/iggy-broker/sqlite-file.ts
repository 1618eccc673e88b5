import type { SqlConnection } from './sql-connection.ts';
import { numberAt } from './sqlite-rows.ts';
import { APPLICATION_ID, SCHEMA_VERSION } from './sqlite-schema.ts';
import { BrokerStartError } from './start-error.ts';

/**
 * Tells a file of ours by its name tag and version; undefined if it is empty. Nothing is written.
 *
 * @throws BrokerStartError `newer` or `foreign`; what SQLite throws if it is no database, or damaged
 */
export function versionOf(connection: SqlConnection, file: string): number | undefined {
  const number = (sql: string, column: string): number => {
    const [row] = connection.all(sql);
    return row === undefined ? 0 : numberAt(row, column);
  };
  const applicationId = number('PRAGMA application_id', 'application_id');
  const version = number('PRAGMA user_version', 'user_version');
  const tables = number('SELECT count(*) AS count FROM sqlite_schema', 'count');
  if (applicationId === 0 && version === 0 && tables === 0) return undefined;
  if (applicationId !== APPLICATION_ID) {
    throw new BrokerStartError('foreign', `${file} is not a data file of this program`);
  }
  if (version > SCHEMA_VERSION) {
    throw new BrokerStartError(
      'newer',
      `${file} has version ${version}, this program knows ${SCHEMA_VERSION}`,
    );
  }
  return version;
}
