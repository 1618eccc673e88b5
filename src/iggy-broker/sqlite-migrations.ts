interface Migration {
  /** The version it leads to, from the one before. */
  readonly to: number;
  readonly sql: string;
}

/** A text of its own, not shared with the schema of today: what was released leads to version 2 for ever. */
const USERS_GROUPS_REPLIES_TRUNCATIONS = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    password TEXT,
    permissions BLOB,
    configured TEXT
  ) STRICT;

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

  CREATE TABLE replies (
    key INTEGER PRIMARY KEY,
    client_id BLOB NOT NULL UNIQUE,
    user_id INTEGER NOT NULL,
    request BLOB NOT NULL,
    operation INTEGER NOT NULL,
    request_checksum BLOB NOT NULL,
    frame BLOB NOT NULL
  ) STRICT;

  CREATE TABLE truncations (
    partition_key INTEGER PRIMARY KEY,
    first_offset INTEGER NOT NULL
  ) STRICT;
`;

/**
 * How the file of an earlier version becomes one of this: step by step, each in one transaction together
 * with its new version, so that a crash leaves the file between two steps at worst. Afterwards it has the
 * same schema as a new one. A step that was released is never changed.
 */
export const MIGRATIONS: readonly Migration[] = [{ to: 2, sql: USERS_GROUPS_REPLIES_TRUNCATIONS }];
