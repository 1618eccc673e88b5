import type { SqlConnection } from './sql-connection.ts';
import { bigintAt, bytesAt, numberAt, type Row, textAt } from './sqlite-rows.ts';
import type { Durability, StoredUser } from './storage.ts';

export function readUsers(connection: SqlConnection): StoredUser[] {
  const sql =
    'SELECT id, name, created_at, status, password, permissions, configured FROM users ORDER BY id';
  return connection.all(sql).map(toUser);
}

export function putUser(connection: SqlConnection, durability: Durability, user: StoredUser): void {
  connection.write(
    durability,
    `INSERT INTO users (id, name, created_at, status, password, permissions, configured)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status,
       password = excluded.password, permissions = excluded.permissions,
       configured = excluded.configured`,
    user.id,
    user.name,
    user.createdAtMicros,
    user.status,
    user.password,
    user.permissions,
    user.configured,
  );
}

function toUser(row: Row): StoredUser {
  return {
    id: numberAt(row, 'id'),
    name: textAt(row, 'name'),
    createdAtMicros: bigintAt(row, 'created_at'),
    status: numberAt(row, 'status'),
    password: row['password'] === null ? null : textAt(row, 'password'),
    permissions: row['permissions'] === null ? null : bytesAt(row, 'permissions'),
    configured: row['configured'] === null ? null : textAt(row, 'configured'),
  };
}
