import { invariant } from '../utils/invariant.ts';

/** A row as SQLite gives it when integers are read as bigint. */
export type Row = Readonly<Record<string, null | number | bigint | string | Uint8Array>>;

/** For values that may be larger than a number can count exactly. */
export function bigintAt(row: Row, column: string): bigint {
  const value = row[column];
  invariant(typeof value === 'bigint', `column ${column} holds no integer`);
  return value;
}

export function numberAt(row: Row, column: string): number {
  return Number(bigintAt(row, column));
}

export function textAt(row: Row, column: string): string {
  const value = row[column];
  invariant(typeof value === 'string', `column ${column} holds no text`);
  return value;
}

/** A view of the row's bytes, not a copy. */
export function bytesAt(row: Row, column: string): Buffer {
  const value = row[column];
  invariant(value instanceof Uint8Array, `column ${column} holds no bytes`);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** What `bigEndian` wrote. */
export function bigEndianAt(row: Row, column: string): bigint {
  return BigInt(`0x${bytesAt(row, column).toString('hex')}`);
}

export function bigEndian(value: bigint, bytes: 8 | 16): Buffer {
  return Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
}
