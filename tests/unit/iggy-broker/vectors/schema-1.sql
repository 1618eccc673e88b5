-- What version 1 made of an empty file. Not to be changed.
  PRAGMA application_id = 1399612265;
  PRAGMA user_version = 1;

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

  CREATE TABLE personal_access_tokens (
    user_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE dropped_partitions (
    partition_key INTEGER PRIMARY KEY
  ) STRICT;
