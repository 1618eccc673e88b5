/** "Slci", so that no other program's file is taken for ours, nor ours for theirs. */
export const APPLICATION_ID = 0x53_6c_63_69;

/** Raised whenever an older program could no longer read the file; needs a step in sqlite-migrations.ts. */
export const SCHEMA_VERSION = 2;

/**
 * Before anything is written: once the file has its first page, SQLite ignores `auto_vacuum` silently,
 * and giving space back would then take a rewrite of the whole file.
 */
export const BEFORE_FIRST_PAGE = 'PRAGMA auto_vacuum = INCREMENTAL';

/**
 * For every connection. A checkpoint holds everybody up, the longer the more it has to do: every 4 MB it takes
 * some 8 ms. Every 40 MB it would take 40 ms and more, for 7 % more batches of 100 (docs/performance.md).
 */
export const CONNECTION_SETTINGS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -65536;
  PRAGMA wal_autocheckpoint = 1000;
  PRAGMA journal_size_limit = 67108864;
`;

/** `permissions` as they are on the wire. Root is in here only once it was changed. */
const CREATE_USERS = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    password TEXT,
    permissions BLOB,
    configured TEXT
  ) STRICT;
`;

/** A row that is replaced gets a new key, so they stand in order of their writing. */
const CREATE_REPLIES = `
  CREATE TABLE replies (
    key INTEGER PRIMARY KEY,
    client_id BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    request BLOB NOT NULL,
    operation INTEGER NOT NULL,
    request_checksum BLOB NOT NULL,
    frame BLOB NOT NULL
  ) STRICT;
`;

/** `next_groups`: the id that the next group of a topic gets, for none is used twice. */
const CREATE_GROUPS = `
  CREATE TABLE consumer_groups (
    topic_key INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (topic_key, id),
    UNIQUE (topic_key, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE next_groups (
    topic_key INTEGER PRIMARY KEY,
    id INTEGER NOT NULL
  ) STRICT;
`;

/** Batches before `first_offset` are gone for everybody; they are removed a slice at a time. */
const CREATE_TRUNCATIONS = `
  CREATE TABLE truncations (
    partition_key INTEGER PRIMARY KEY,
    first_offset INTEGER NOT NULL
  ) STRICT;
`;

/**
 * - Keys are never used again (AUTOINCREMENT): rows that still carry the key of something deleted can
 *   never be taken for those of its successor, so they may be removed later, a slice at a time.
 * - `batches` keeps its bytes last, behind what is read without them, and its rows in order of arrival:
 *   appending is what happens most.
 * - `end_bytes` adds up the bytes of the partition, so that its size is known from its first and last
 *   row.
 * - `partitions.next_offset` is a floor for the case that no batch is left to tell the next offset.
 * - `client_id` is 16 bytes, `request` 8, both big-endian: SQLite's integers are signed, and a client
 *   may use all 64 bits.
 */
export const SCHEMA = `
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};

  CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE topics (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    stream_id INTEGER NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    options BLOB NOT NULL,
    UNIQUE (stream_id, id),
    UNIQUE (stream_id, name)
  ) STRICT;

  CREATE TABLE partitions (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    topic_key INTEGER NOT NULL,
    id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic_key, id)
  ) STRICT;

  CREATE TABLE batches (
    partition_key INTEGER NOT NULL,
    base_offset INTEGER NOT NULL,
    message_count INTEGER NOT NULL,
    base_timestamp INTEGER NOT NULL,
    end_bytes INTEGER NOT NULL,
    client_id BLOB NOT NULL,
    request BLOB NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX batches_by_offset ON batches (partition_key, base_offset);

  CREATE TABLE consumer_offsets (
    partition_key INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    consumer_id INTEGER NOT NULL,
    stored_offset INTEGER NOT NULL,
    PRIMARY KEY (partition_key, kind, consumer_id)
  ) STRICT, WITHOUT ROWID;

  ${CREATE_USERS}
  CREATE TABLE personal_access_tokens (
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, name)
  ) STRICT, WITHOUT ROWID;

  ${CREATE_GROUPS}  ${CREATE_REPLIES}  ${CREATE_TRUNCATIONS}
  CREATE TABLE dropped_partitions (
    partition_key INTEGER PRIMARY KEY
  ) STRICT;
`;

/** Every partition with the edges of its log, told by its first and its last batch alone. */
export const SELECT_PARTITIONS = `
  SELECT
    p.key, p.topic_key, p.id, p.created_at,
    max(p.next_offset, coalesce(last.base_offset + last.message_count, 0)) AS next_offset,
    first.base_offset AS first_offset,
    coalesce(last.end_bytes - first.end_bytes + length(first.bytes), 0) AS size_bytes,
    coalesce(last.end_bytes, 0) AS end_bytes,
    coalesce(last.base_timestamp, 0) AS last_timestamp
  FROM partitions p
  LEFT JOIN batches first ON first.partition_key = p.key AND first.base_offset =
    (SELECT min(base_offset) FROM batches WHERE partition_key = p.key AND base_offset >=
      coalesce((SELECT first_offset FROM truncations WHERE partition_key = p.key), 0))
  LEFT JOIN batches last ON last.partition_key = p.key AND last.base_offset =
    (SELECT max(base_offset) FROM batches WHERE partition_key = p.key)
  ORDER BY p.topic_key, p.id
`;

const TOPICS_OF_STREAM = 'SELECT key FROM topics WHERE stream_id = ?1';
const PARTITIONS_OF_STREAM = `SELECT key FROM partitions WHERE topic_key IN (${TOPICS_OF_STREAM})`;

/** In this order, each with the stream's id. */
export const DELETE_STREAM = [
  `INSERT INTO dropped_partitions ${PARTITIONS_OF_STREAM}`,
  `DELETE FROM partitions WHERE key IN (${PARTITIONS_OF_STREAM})`,
  `DELETE FROM consumer_groups WHERE topic_key IN (${TOPICS_OF_STREAM})`,
  `DELETE FROM next_groups WHERE topic_key IN (${TOPICS_OF_STREAM})`,
  'DELETE FROM topics WHERE stream_id = ?1',
  'DELETE FROM streams WHERE id = ?1',
] as const;

/** In this order, each with the topic's key. */
export const DELETE_TOPIC = [
  'INSERT INTO dropped_partitions SELECT key FROM partitions WHERE topic_key = ?1',
  'DELETE FROM partitions WHERE topic_key = ?1',
  'DELETE FROM consumer_groups WHERE topic_key = ?1',
  'DELETE FROM next_groups WHERE topic_key = ?1',
  'DELETE FROM topics WHERE key = ?1',
] as const;

/** In this order, each with the partition's key. */
export const DELETE_PARTITION = [
  'INSERT INTO dropped_partitions VALUES (?1)',
  'DELETE FROM partitions WHERE key = ?1',
] as const;
