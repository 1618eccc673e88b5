import type { SqlConnection } from './sql-connection.ts';
import { bigintAt, bytesAt, numberAt, type Row, textAt } from './sqlite-rows.ts';
import { batchFault } from './stored-batch.ts';

/** So many are told one by one: the first say what is wrong, the rest would bury them. */
const FINDINGS_MAX = 100;

export interface Inspection {
  /** What is wrong, in words; at most FINDINGS_MAX. */
  readonly findings: readonly string[];
  readonly partitions: number;
  readonly batches: number;
  readonly messages: number;
  readonly bytes: number;
}

/** Rows of one table whose parent is gone. What was dropped and is not swept yet is no orphan. */
const ORPHANS: readonly (readonly [table: string, condition: string])[] = [
  ['topics', 'stream_id NOT IN (SELECT id FROM streams)'],
  ['partitions', 'topic_key NOT IN (SELECT key FROM topics)'],
  ['batches', 'partition_key NOT IN known_partitions'],
  ['consumer_offsets', 'partition_key NOT IN known_partitions'],
];
const KNOWN_PARTITIONS = `WITH known_partitions AS
  (SELECT key FROM partitions UNION SELECT partition_key FROM dropped_partitions)`;

const SELECT_BATCHES = `SELECT partition_key, base_offset, message_count, base_timestamp, end_bytes, bytes
  FROM batches WHERE partition_key IN (SELECT key FROM partitions) ORDER BY partition_key, base_offset`;

/**
 * The last batch of every partition: what a crash, or a disk that lies, damages first. CROSS JOIN: from the
 * partitions to their batches, never the other way round, for that would read the whole log.
 */
const SELECT_LAST_BATCHES = `SELECT b.partition_key, b.base_offset, b.message_count, b.base_timestamp,
    b.end_bytes, b.bytes
  FROM partitions p CROSS JOIN batches b ON b.partition_key = p.key AND b.base_offset =
    (SELECT max(base_offset) FROM batches WHERE partition_key = p.key)`;

/** Looks at everything there is. Throws what SQLite throws where it cannot even read. */
export function inspect(connection: SqlConnection): Inspection {
  const findings: string[] = [];
  const report = (finding: string): void => {
    if (findings.length < FINDINGS_MAX) findings.push(finding);
  };
  for (const row of connection.all(`PRAGMA integrity_check(${FINDINGS_MAX})`)) {
    const text = textAt(row, 'integrity_check');
    if (text !== 'ok') report(`SQLite: ${text}`);
  }
  for (const [table, condition] of ORPHANS) {
    const sql = `${KNOWN_PARTITIONS} SELECT count(*) AS count FROM ${table} WHERE ${condition}`;
    const count = connection.all(sql).reduce((sum, row) => sum + numberAt(row, 'count'), 0);
    if (count > 0) report(`${count} rows of ${table} belong to nothing`);
  }
  return { findings, ...inspectBatches(connection, report) };
}

/** The first fault found in the last batches of all partitions. */
export function lastBatchFault(connection: SqlConnection): string | undefined {
  for (const row of connection.iterate(SELECT_LAST_BATCHES)) {
    const fault = batchFault(toBatch(row));
    if (fault !== undefined) return `${placeOf(row)}: ${fault}`;
  }
  return undefined;
}

function inspectBatches(connection: SqlConnection, report: (finding: string) => void) {
  const sums = { partitions: 0, batches: 0, messages: 0, bytes: 0 };
  let before: Row | undefined;
  for (const row of connection.iterate(SELECT_BATCHES)) {
    const isFirst = before === undefined || before['partition_key'] !== row['partition_key'];
    const batch = toBatch(row);
    const fault = batchFault(batch);
    if (fault !== undefined) report(`${placeOf(row)}: ${fault}`);
    if (before !== undefined && !isFirst) inspectNeighbours(before, row, report);
    sums.partitions += isFirst ? 1 : 0;
    sums.batches += 1;
    sums.messages += batch.messageCount;
    sums.bytes += batch.bytes.length;
    before = row;
  }
  return sums;
}

function inspectNeighbours(before: Row, row: Row, report: (finding: string) => void): void {
  const expected = bigintAt(before, 'base_offset') + bigintAt(before, 'message_count');
  if (bigintAt(row, 'base_offset') !== expected) {
    report(`${placeOf(row)}: it should begin at offset ${expected}`);
  }
  const endBytes = bigintAt(before, 'end_bytes') + BigInt(bytesAt(row, 'bytes').length);
  if (bigintAt(row, 'end_bytes') !== endBytes) {
    report(`${placeOf(row)}: it should end at byte ${endBytes} of its partition`);
  }
  if (bigintAt(row, 'base_timestamp') < bigintAt(before, 'base_timestamp')) {
    report(`${placeOf(row)}: it is older than the one before it`);
  }
}

function toBatch(row: Row) {
  return {
    baseOffset: bigintAt(row, 'base_offset'),
    messageCount: numberAt(row, 'message_count'),
    baseTimestampMicros: bigintAt(row, 'base_timestamp'),
    bytes: bytesAt(row, 'bytes'),
  };
}

function placeOf(row: Row): string {
  return `batch at offset ${bigintAt(row, 'base_offset')} of partition ${numberAt(row, 'partition_key')}`;
}
