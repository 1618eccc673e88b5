import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { diskSpaceOf, ENDLESS } from './disk-space.ts';
import { DiskRoom } from './disk-room.ts';
import { SqlConnection, type SqlDatabase } from './sql-connection.ts';
import { bigEndian, bigEndianAt, bigintAt, bytesAt, numberAt } from './sqlite-rows.ts';
import { versionOf } from './sqlite-file.ts';
import { DELETE_PARTITION, DELETE_STREAM, DELETE_TOPIC } from './sqlite-schema.ts';
import { lastBatchFault } from './sqlite-inspection.ts';
import { readState } from './sqlite-state.ts';
import { deleteGroup, insertGroup } from './sqlite-groups.ts';
import { sweepSlice, tryWriting } from './sqlite-sweep.ts';
import { putUser } from './sqlite-users.ts';
import { BrokerStartError } from './start-error.ts';
import {
  type BatchPosition,
  type BatchSender,
  type ConsumerKey,
  type Durability,
  type NewPartitionRow,
  type NewTopicRow,
  type Room,
  type Storage,
  StorageUnavailableError,
  type StoredBatch,
  type StoredBytes,
  type StoredConsumerOffset,
  type StoredGroup,
  type StoredReply,
  type StoredState,
  type StoredStream,
  type StoredToken,
  type StoredUser,
} from './storage.ts';

export const IN_MEMORY = ':memory:';
/** In the data directory. */
export const DATA_FILE = 'broker.db';

/** How long to wait for somebody who looks at the file with a tool of their own. */
const BUSY_TIMEOUT_MS = 250;

/** Metadata is small and rare; what must outlive the machine says so itself. */
const METADATA: Durability = 'replicated';

/**
 * Opens the data file in `directory`, or makes a new one; `:memory:` keeps nothing. There is no room while
 * the disk has fewer than `reserveBytes` left.
 *
 * @throws BrokerStartError `newer` or `foreign`; what SQLite throws if the file is damaged or unusable
 */
export function openStorage(directory: string, reserveBytes = 0): SqliteStorage {
  const file = directory === IN_MEMORY ? IN_MEMORY : path.join(directory, DATA_FILE);
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    const onDisk = directory !== IN_MEMORY && reserveBytes > 0;
    const space = () => (onDisk ? diskSpaceOf(directory) : ENDLESS);
    return new SqliteStorage(database, file, new DiskRoom(space, reserveBytes));
  } catch (cause) {
    database.close();
    throw cause;
  }
}

/** The storage port over one SQLite file. */
export class SqliteStorage implements Storage {
  readonly #connection: SqlConnection;
  readonly #room: DiskRoom;
  #isSweeping = false;

  /** Makes a new file ours, or makes sure that an old one is. Nothing is written to any other. */
  constructor(database: SqlDatabase, file: string, room = new DiskRoom(() => ENDLESS, 0)) {
    this.#room = room;
    this.#connection = new SqlConnection(database);
    const version = versionOf(this.#connection, file);
    if (version === undefined) {
      this.#connection.initialise();
      return;
    }
    this.#connection.configure();
    this.#connection.migrate(version);
  }

  get dirty(): boolean {
    return this.#connection.dirty;
  }

  get commits(): number {
    return this.#connection.commits;
  }

  get room(): Room {
    return this.#room.left;
  }

  /**
   * Looks at the last batch of every partition.
   *
   * @throws BrokerStartError `corrupt`
   */
  checkLastBatches(): void {
    const fault = lastBatchFault(this.#connection);
    if (fault !== undefined)
      throw new BrokerStartError('corrupt', `The data are damaged: ${fault}`);
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
    this.#room.take(batch.bytes.length);
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

  truncateBefore(partitionKey: number, offset: bigint, nextOffset: bigint): void {
    const sql = `INSERT INTO truncations (partition_key, first_offset) VALUES (?, ?)
       ON CONFLICT DO UPDATE SET first_offset = excluded.first_offset`;
    this.#connection.write(METADATA, sql, partitionKey, offset);
    const floor = 'UPDATE partitions SET next_offset = ? WHERE key = ?';
    this.#connection.write(METADATA, floor, nextOffset, partitionKey);
  }

  *readBatches(partitionKey: number, offset: bigint): Generator<StoredBytes> {
    const rows = this.#connection.iterate(
      `SELECT base_offset, message_count, bytes FROM batches
       WHERE partition_key = ?1 AND base_offset >= coalesce((SELECT max(base_offset) FROM batches
         WHERE partition_key = ?1 AND base_offset <= ?2), ?2) ORDER BY base_offset`,
      partitionKey,
      offset,
    );
    for (const row of rows) {
      const baseOffset = bigintAt(row, 'base_offset');
      const messageCount = numberAt(row, 'message_count');
      // The first one may end before it.
      if (baseOffset + BigInt(messageCount) <= offset) continue;
      yield { baseOffset, messageCount, bytes: bytesAt(row, 'bytes') };
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
      `SELECT base_offset, message_count, base_timestamp, end_bytes FROM batches
       WHERE partition_key = ? AND base_offset <= ? ORDER BY base_offset DESC LIMIT 1`,
      partitionKey,
      offset,
    );
    if (row === undefined) return undefined;
    return {
      baseOffset: bigintAt(row, 'base_offset'),
      messageCount: numberAt(row, 'message_count'),
      baseTimestampMicros: bigintAt(row, 'base_timestamp'),
      endBytes: bigintAt(row, 'end_bytes'),
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

  insertGroup(group: StoredGroup): void {
    insertGroup(this.#connection, METADATA, group);
  }

  deleteGroup(topicKey: number, id: number): void {
    deleteGroup(this.#connection, METADATA, topicKey, id);
  }

  putUser(user: StoredUser): void {
    putUser(this.#connection, METADATA, user);
  }

  deleteUser(id: number): void {
    this.#connection.write(METADATA, 'DELETE FROM users WHERE id = ?', id);
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

  putReply(reply: StoredReply): void {
    const { clientId, userId, request, operation, requestChecksum, frame } = reply;
    const sql = `INSERT OR REPLACE INTO replies
       (client_id, user_id, request, operation, request_checksum, frame) VALUES (?, ?, ?, ?, ?, ?)`;
    const [client, number] = [bigEndian(clientId, 16), bigEndian(request, 8)];
    const checksum = bigEndian(requestChecksum, 8);
    this.#connection.write(METADATA, sql, client, userId, number, operation, checksum, frame);
  }

  deleteReply(clientId: bigint): void {
    const sql = 'DELETE FROM replies WHERE client_id = ?';
    this.#connection.write(METADATA, sql, bigEndian(clientId, 16));
  }

  commit(): void {
    this.#connection.commit();
  }

  rollback(): void {
    this.#room.fail();
    this.#connection.rollback();
  }

  seekRoom(): void {
    if (this.#room.left !== 'enough') this.#connection.checkpoint('TRUNCATE');
    this.#room.ask();
    if (this.#room.left !== 'none') return;
    try {
      tryWriting(this.#connection);
      this.#room.recover();
    } catch (error) {
      if (!(error instanceof StorageUnavailableError)) throw error;
      this.#connection.rollback();
    }
  }

  sweep(): boolean {
    try {
      const wasSweeping = this.#isSweeping;
      this.#isSweeping = sweepSlice(this.#connection);
      // Only then the file becomes shorter.
      if (wasSweeping && !this.#isSweeping) this.#connection.checkpoint('PASSIVE');
      return this.#isSweeping;
    } catch (error) {
      if (!(error instanceof StorageUnavailableError)) throw error;
      this.rollback();
      return false;
    }
  }

  /** Must not be called twice. What was not committed is gone. */
  close(): void {
    this.#connection.close();
  }
}
