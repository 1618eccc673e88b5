import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { SqlConnection, type SqlDatabase } from './sql-connection.ts';
import { bigEndian, bigEndianAt, bigintAt, bytesAt, numberAt } from './sqlite-rows.ts';
import {
  APPLICATION_ID,
  DELETE_PARTITION,
  DELETE_STREAM,
  DELETE_TOPIC,
  SCHEMA_VERSION,
} from './sqlite-schema.ts';
import { readState } from './sqlite-state.ts';
import { BrokerStartError } from './start-error.ts';
import type {
  BatchPosition,
  BatchSender,
  ConsumerKey,
  Durability,
  NewPartitionRow,
  NewTopicRow,
  Storage,
  StoredBatch,
  StoredBytes,
  StoredConsumerOffset,
  StoredState,
  StoredStream,
  StoredToken,
} from './storage.ts';

export const IN_MEMORY = ':memory:';

/** How long to wait for somebody who looks at the file with a tool of their own. */
const BUSY_TIMEOUT_MS = 250;

/** What one sweep removes at most: a few milliseconds' work. */
const SWEEP_ROWS_MAX = 256;
const SWEEP_BYTES_MAX = 4 * 1024 * 1024;
const SWEEP_PAGES_MAX = 256;

/** Metadata is small and rare; what must outlive the machine says so itself. */
const METADATA: Durability = 'replicated';

/**
 * Opens the data file in `directory`, or makes a new one; `:memory:` keeps nothing.
 *
 * @throws BrokerStartError `newer` or `foreign`; what SQLite throws if the file is damaged or unusable
 */
export function openStorage(directory: string): SqliteStorage {
  const file = directory === IN_MEMORY ? IN_MEMORY : path.join(directory, 'broker.db');
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    return new SqliteStorage(database, file);
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** The storage port over one SQLite file. */
export class SqliteStorage implements Storage {
  readonly #connection: SqlConnection;

  /** Makes a new file ours, or makes sure that an old one is. Nothing is written to any other. */
  constructor(database: SqlDatabase, file: string) {
    this.#connection = new SqlConnection(database);
    const applicationId = this.#number('PRAGMA application_id', 'application_id');
    const version = this.#number('PRAGMA user_version', 'user_version');
    const tables = this.#number('SELECT count(*) AS count FROM sqlite_schema', 'count');
    if (applicationId === 0 && version === 0 && tables === 0) {
      this.#connection.initialise();
      return;
    }
    if (applicationId !== APPLICATION_ID) {
      throw new BrokerStartError('foreign', `${file} is not a data file of this program`);
    }
    if (version > SCHEMA_VERSION) {
      throw new BrokerStartError(
        'newer',
        `${file} has version ${version}, this program knows ${SCHEMA_VERSION}`,
      );
    }
    this.#connection.configure();
  }

  get dirty(): boolean {
    return this.#connection.dirty;
  }

  load(): StoredState {
    return readState(this.#connection);
  }

  insertStream({ id, name, createdAtMicros }: StoredStream): void {
    const sql = 'INSERT INTO streams (id, name, created_at) VALUES (?, ?, ?)';
    this.#connection.write(METADATA, sql, id, name, createdAtMicros);
  }

  renameStream(id: number, name: string): void {
    this.#connection.write(METADATA, 'UPDATE streams SET name = ? WHERE id = ?', name, id);
  }

  deleteStream(id: number): void {
    for (const sql of DELETE_STREAM) this.#connection.write(METADATA, sql, id);
  }

  insertTopic({ streamId, id, name, createdAtMicros, options }: NewTopicRow): number {
    const sql =
      'INSERT INTO topics (stream_id, id, name, created_at, options) VALUES (?, ?, ?, ?, ?)';
    return this.#connection.write(METADATA, sql, streamId, id, name, createdAtMicros, options);
  }

  updateTopic(key: number, name: string, options: Buffer): void {
    const sql = 'UPDATE topics SET name = ?, options = ? WHERE key = ?';
    this.#connection.write(METADATA, sql, name, options, key);
  }

  deleteTopic(key: number): void {
    for (const sql of DELETE_TOPIC) this.#connection.write(METADATA, sql, key);
  }

  insertPartition({ topicKey, id, createdAtMicros }: NewPartitionRow): number {
    const sql = 'INSERT INTO partitions (topic_key, id, created_at) VALUES (?, ?, ?)';
    return this.#connection.write(METADATA, sql, topicKey, id, createdAtMicros);
  }

  deletePartition(key: number): void {
    for (const sql of DELETE_PARTITION) this.#connection.write(METADATA, sql, key);
  }

  purgePartition(key: number, { topicKey, id, createdAtMicros }: NewPartitionRow): number {
    this.deletePartition(key);
    return this.insertPartition({ topicKey, id, createdAtMicros });
  }

  appendBatch(batch: StoredBatch, durability: Durability): void {
    this.#connection.write(
      durability,
      `INSERT INTO batches (partition_key, base_offset, message_count, base_timestamp, end_bytes,
         client_id, request, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      batch.partitionKey,
      batch.baseOffset,
      batch.messageCount,
      batch.baseTimestampMicros,
      batch.endBytes,
      bigEndian(batch.clientId, 16),
      bigEndian(batch.request, 8),
      batch.bytes,
    );
  }

  *readBatches(partitionKey: number, offset: bigint): Generator<StoredBytes> {
    const start = this.findBatch(partitionKey, offset);
    const holdsIt = start !== undefined && offset < start.baseOffset + BigInt(start.messageCount);
    const rows = this.#connection.iterate(
      `SELECT base_offset, message_count, bytes FROM batches
       WHERE partition_key = ? AND base_offset >= ? ORDER BY base_offset`,
      partitionKey,
      holdsIt ? start.baseOffset : offset,
    );
    for (const row of rows) {
      yield {
        baseOffset: bigintAt(row, 'base_offset'),
        messageCount: numberAt(row, 'message_count'),
        bytes: bytesAt(row, 'bytes'),
      };
    }
  }

  readSenders(partitionKey: number, countMax: number): BatchSender[] {
    const sql = `SELECT client_id, request FROM batches
       WHERE partition_key = ? ORDER BY base_offset DESC LIMIT ?`;
    return this.#connection.all(sql, partitionKey, countMax).map((row) => ({
      clientId: bigEndianAt(row, 'client_id'),
      request: bigEndianAt(row, 'request'),
    }));
  }

  findBatch(partitionKey: number, offset: bigint): BatchPosition | undefined {
    const [row] = this.#connection.all(
      `SELECT base_offset, message_count, base_timestamp FROM batches
       WHERE partition_key = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1`,
      partitionKey,
      offset,
    );
    if (row === undefined) return undefined;
    return {
      baseOffset: bigintAt(row, 'base_offset'),
      messageCount: numberAt(row, 'message_count'),
      baseTimestampMicros: bigintAt(row, 'base_timestamp'),
    };
  }

  putConsumerOffset(stored: StoredConsumerOffset, durability: Durability): void {
    const { partitionKey, kind, consumerId, offset } = stored;
    const sql = `INSERT INTO consumer_offsets (partition_key, kind, consumer_id, stored_offset)
       VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET stored_offset = excluded.stored_offset`;
    this.#connection.write(durability, sql, partitionKey, kind, consumerId, offset);
  }

  deleteConsumerOffset(
    { partitionKey, kind, consumerId }: ConsumerKey,
    durability: Durability,
  ): void {
    const sql =
      'DELETE FROM consumer_offsets WHERE partition_key = ? AND kind = ? AND consumer_id = ?';
    this.#connection.write(durability, sql, partitionKey, kind, consumerId);
  }

  insertToken({ userId, name, hash, expiresAtMicros }: StoredToken): void {
    const sql =
      'INSERT INTO personal_access_tokens (user_id, name, hash, expires_at) VALUES (?, ?, ?, ?)';
    this.#connection.write(METADATA, sql, userId, name, hash, expiresAtMicros);
  }

  deleteToken(userId: number, name: string): void {
    const sql = 'DELETE FROM personal_access_tokens WHERE user_id = ? AND name = ?';
    this.#connection.write(METADATA, sql, userId, name);
  }

  commit(): void {
    this.#connection.commit();
  }

  sweep(): boolean {
    const [dropped] = this.#connection.all('SELECT partition_key FROM dropped_partitions LIMIT 1');
    if (dropped !== undefined) {
      this.#removeSlice(numberAt(dropped, 'partition_key'));
      this.#connection.commit();
      return true;
    }
    if (this.#number('PRAGMA freelist_count', 'freelist_count') === 0) return false;
    this.#connection.shrink(SWEEP_PAGES_MAX);
    return true;
  }

  /** Must not be called twice. What was not committed is gone. */
  close(): void {
    this.#connection.close();
  }

  #removeSlice(partitionKey: number): void {
    const rows = this.#connection.all(
      `SELECT base_offset, length(bytes) AS size FROM batches
       WHERE partition_key = ? ORDER BY base_offset LIMIT ${SWEEP_ROWS_MAX}`,
      partitionKey,
    );
    let bytes = 0;
    const beyond = rows.findIndex((row) => (bytes += numberAt(row, 'size')) > SWEEP_BYTES_MAX);
    // At least one row, however large: else the sweep would never end.
    const last = beyond === -1 ? rows.at(-1) : rows[Math.max(beyond - 1, 0)];
    const remove = (sql: string, ...more: bigint[]): number =>
      this.#connection.write(METADATA, sql, partitionKey, ...more);
    if (last !== undefined) {
      const sql = 'DELETE FROM batches WHERE partition_key = ? AND base_offset <= ?';
      remove(sql, bigintAt(last, 'base_offset'));
      return;
    }
    remove('DELETE FROM consumer_offsets WHERE partition_key = ?');
    remove('DELETE FROM dropped_partitions WHERE partition_key = ?');
  }

  #number(sql: string, column: string): number {
    const [row] = this.#connection.all(sql);
    return row === undefined ? 0 : numberAt(row, column);
  }
}
