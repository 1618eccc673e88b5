import type { SqlConnection } from './sql-connection.ts';
import { bigEndianAt, bigintAt, bytesAt, numberAt, type Row, textAt } from './sqlite-rows.ts';
import { SELECT_PARTITIONS } from './sqlite-schema.ts';
import { readGroups, readNextGroups } from './sqlite-groups.ts';
import { readUsers } from './sqlite-users.ts';
import type {
  StoredConsumerOffset,
  StoredPartition,
  StoredReply,
  StoredState,
  StoredStream,
  StoredToken,
  StoredTopic,
} from './storage.ts';

/** Everything but the batches, which are read as they are polled. */
export function readState(connection: SqlConnection): StoredState {
  return {
    streams: connection.all('SELECT id, name, created_at FROM streams').map(toStream),
    topics: connection
      .all('SELECT key, stream_id, id, name, created_at, options FROM topics')
      .map(toTopic),
    partitions: connection.all(SELECT_PARTITIONS).map(toPartition),
    consumerOffsets: connection
      .all(
        `SELECT partition_key, kind, consumer_id, stored_offset FROM consumer_offsets
         WHERE partition_key IN (SELECT key FROM partitions)`,
      )
      .map(toConsumerOffset),
    groups: readGroups(connection),
    nextGroups: readNextGroups(connection),
    users: readUsers(connection),
    tokens: connection
      .all('SELECT user_id, name, hash, expires_at FROM personal_access_tokens')
      .map(toToken),
    replies: connection
      .all(
        `SELECT client_id, user_id, request, operation, request_checksum, frame FROM replies
         ORDER BY key`,
      )
      .map(toReply),
  };
}

function toStream(row: Row): StoredStream {
  return {
    id: numberAt(row, 'id'),
    name: textAt(row, 'name'),
    createdAtMicros: bigintAt(row, 'created_at'),
  };
}

function toTopic(row: Row): StoredTopic {
  return {
    key: numberAt(row, 'key'),
    streamId: numberAt(row, 'stream_id'),
    id: numberAt(row, 'id'),
    name: textAt(row, 'name'),
    createdAtMicros: bigintAt(row, 'created_at'),
    options: bytesAt(row, 'options'),
  };
}

function toPartition(row: Row): StoredPartition {
  const nextOffset = bigintAt(row, 'next_offset');
  return {
    key: numberAt(row, 'key'),
    topicKey: numberAt(row, 'topic_key'),
    id: numberAt(row, 'id'),
    createdAtMicros: bigintAt(row, 'created_at'),
    extent: {
      firstOffset: row['first_offset'] === null ? nextOffset : bigintAt(row, 'first_offset'),
      nextOffset,
      sizeBytes: bigintAt(row, 'size_bytes'),
      endBytes: bigintAt(row, 'end_bytes'),
      lastTimestampMicros: bigintAt(row, 'last_timestamp'),
    },
  };
}

function toConsumerOffset(row: Row): StoredConsumerOffset {
  return {
    partitionKey: numberAt(row, 'partition_key'),
    kind: numberAt(row, 'kind'),
    consumerId: numberAt(row, 'consumer_id'),
    offset: bigintAt(row, 'stored_offset'),
  };
}

function toToken(row: Row): StoredToken {
  return {
    userId: numberAt(row, 'user_id'),
    name: textAt(row, 'name'),
    hash: bytesAt(row, 'hash'),
    expiresAtMicros: bigintAt(row, 'expires_at'),
  };
}

function toReply(row: Row): StoredReply {
  return {
    clientId: bigEndianAt(row, 'client_id'),
    userId: numberAt(row, 'user_id'),
    request: bigEndianAt(row, 'request'),
    operation: numberAt(row, 'operation'),
    requestChecksum: bigEndianAt(row, 'request_checksum'),
    frame: bytesAt(row, 'frame'),
  };
}
