import type { SqlConnection } from './sql-connection.ts';
import { bigintAt, numberAt } from './sqlite-rows.ts';

/** What one slice removes at most: a few milliseconds' work. */
const SLICE_ROWS_MAX = 256;
const SLICE_BYTES_MAX = 4 * 1024 * 1024;
const SLICE_PAGES_MAX = 256;

const DELETE_BATCHES_TO = 'DELETE FROM batches WHERE partition_key = ? AND base_offset <= ?';
/** Integers of SQLite end here, and offsets with them. */
const BEYOND_ANY_OFFSET = 0x7fff_ffff_ffff_ffffn;

/** That much has to fit before writing is believed to work again. */
const TRIED_BYTES = 1024 * 1024;

/** Removes one slice of what is gone for everybody, or gives free pages back. False if there is nothing. */
export function sweepSlice(connection: SqlConnection): boolean {
  const [dropped] = connection.all('SELECT partition_key FROM dropped_partitions LIMIT 1');
  if (dropped !== undefined) {
    removeDropped(connection, numberAt(dropped, 'partition_key'));
    connection.commit();
    return true;
  }
  const [truncated] = connection.all('SELECT * FROM truncations LIMIT 1');
  if (truncated !== undefined) {
    const key = numberAt(truncated, 'partition_key');
    removeTruncated(connection, key, bigintAt(truncated, 'first_offset'));
    connection.commit();
    return true;
  }
  const [free] = connection.all('PRAGMA freelist_count');
  if (free === undefined || numberAt(free, 'freelist_count') === 0) return false;
  connection.shrink(SLICE_PAGES_MAX);
  return true;
}

/** Writes something that is swept away later: rows of a partition that never was. */
export function tryWriting(connection: SqlConnection): void {
  // As heavy as it gets: a disk that takes bytes and cannot keep them has no room.
  const write = (sql: string): number => connection.write('persisted', sql);
  write('INSERT OR IGNORE INTO dropped_partitions VALUES (0)');
  write('DELETE FROM batches WHERE partition_key = 0');
  write(`INSERT INTO batches VALUES (0, 0, 1, 0, 0, x'', x'', zeroblob(${TRIED_BYTES}))`);
  connection.commit();
}

function removeDropped(connection: SqlConnection, partitionKey: number): void {
  if (removeBatches(connection, partitionKey, BEYOND_ANY_OFFSET)) return;
  const remove = (table: string): number =>
    connection.write('replicated', `DELETE FROM ${table} WHERE partition_key = ?`, partitionKey);
  remove('truncations');
  remove('consumer_offsets');
  remove('dropped_partitions');
}

function removeTruncated(
  connection: SqlConnection,
  partitionKey: number,
  firstOffset: bigint,
): void {
  if (removeBatches(connection, partitionKey, firstOffset)) return;
  connection.write('replicated', 'DELETE FROM truncations WHERE partition_key = ?', partitionKey);
}

/** A slice of those before `end`. False if there is none. */
function removeBatches(connection: SqlConnection, partitionKey: number, end: bigint): boolean {
  const rows = connection.all(
    `SELECT base_offset, length(bytes) AS size FROM batches
     WHERE partition_key = ? AND base_offset < ? ORDER BY base_offset LIMIT ${SLICE_ROWS_MAX}`,
    partitionKey,
    end,
  );
  let bytes = 0;
  const beyond = rows.findIndex((row) => (bytes += numberAt(row, 'size')) > SLICE_BYTES_MAX);
  // At least one row, however large: else the sweep would never end.
  const last = beyond === -1 ? rows.at(-1) : rows[Math.max(beyond - 1, 0)];
  if (last === undefined) return false;
  connection.write('replicated', DELETE_BATCHES_TO, partitionKey, bigintAt(last, 'base_offset'));
  return true;
}
