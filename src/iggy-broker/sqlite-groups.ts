import { GROUP_KIND } from './log/consumer-offsets.ts';
import type { SqlConnection } from './sql-connection.ts';
import { numberAt, textAt } from './sqlite-rows.ts';
import type { Durability, StoredGroup, StoredNextGroup } from './storage.ts';

export function readGroups(connection: SqlConnection): StoredGroup[] {
  return connection.all('SELECT topic_key, id, name FROM consumer_groups').map((row) => ({
    topicKey: numberAt(row, 'topic_key'),
    id: numberAt(row, 'id'),
    name: textAt(row, 'name'),
  }));
}

export function readNextGroups(connection: SqlConnection): StoredNextGroup[] {
  return connection.all('SELECT topic_key, id FROM next_groups').map((row) => ({
    topicKey: numberAt(row, 'topic_key'),
    id: numberAt(row, 'id'),
  }));
}

export function insertGroup(
  connection: SqlConnection,
  durability: Durability,
  { topicKey, id, name }: StoredGroup,
): void {
  const sql = 'INSERT INTO consumer_groups (topic_key, id, name) VALUES (?, ?, ?)';
  connection.write(durability, sql, topicKey, id, name);
  const next = `INSERT INTO next_groups (topic_key, id) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET id = excluded.id`;
  connection.write(durability, next, topicKey, id + 1);
}

export function deleteGroup(
  connection: SqlConnection,
  durability: Durability,
  topicKey: number,
  id: number,
): void {
  const sql = 'DELETE FROM consumer_groups WHERE topic_key = ? AND id = ?';
  connection.write(durability, sql, topicKey, id);
  const offsets = `DELETE FROM consumer_offsets WHERE kind = ${GROUP_KIND} AND consumer_id = ?
    AND partition_key IN (SELECT key FROM partitions WHERE topic_key = ?)`;
  connection.write(durability, offsets, id, topicKey);
}
