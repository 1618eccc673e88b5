import type { Row } from './sqlite-rows.ts';
import { BEFORE_FIRST_PAGE, CONNECTION_SETTINGS, SCHEMA } from './sqlite-schema.ts';
import type { Durability } from './storage.ts';

export type SqlValue = null | number | bigint | string | Uint8Array;

/** What is used of a compiled statement. */
export interface SqlStatement {
  run(...values: SqlValue[]): { lastInsertRowid: number | bigint };
  all(...values: SqlValue[]): Row[];
  iterate(...values: SqlValue[]): Iterable<Row>;
}

/** What is used of a database: a small part, so that its class may change its name. */
export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string, options: { readBigInts: boolean }): SqlStatement;
  close(): void;
}

/** One database, its compiled statements and the transaction of the open commit group. */
export class SqlConnection {
  readonly #database: SqlDatabase;
  /** Each text is compiled once; there are as many as the program has. */
  readonly #statements = new Map<string, SqlStatement>();
  /** What the open transaction will survive; undefined if none is open. */
  #open: Durability | undefined;
  /** What `synchronous` is set to. */
  #setTo: Durability = 'replicated';
  #dirty = false;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  get dirty(): boolean {
    return this.#dirty;
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Row by row; nothing else may be written until the caller has ended the loop. */
  iterate(sql: string, ...values: SqlValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  /** Returns the row's key where one was made. */
  write(durability: Durability, sql: string, ...values: SqlValue[]): number {
    this.#begin(durability);
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }

  commit(): void {
    if (this.#open !== undefined) this.#database.exec('COMMIT');
    this.#open = undefined;
    this.#dirty = false;
  }

  /** Gives up to `pages` free pages at the end of the file back to the system. */
  shrink(pages: number): void {
    // Not as a compiled statement: that one would stop after the first page.
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
  }

  /** Lays out an empty file. It is ours at once or, after a crash, still empty. */
  initialise(): void {
    this.#database.exec(BEFORE_FIRST_PAGE);
    this.configure();
    this.#database.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`);
  }

  /** What SQLite does not remember in the file. */
  configure(): void {
    this.#database.exec(CONNECTION_SETTINGS);
  }

  /** What was not committed is gone. */
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * Opens the group's transaction at its first write. SQLite takes `synchronous` between transactions
   * only: so when a write that must outlive the machine finds a lighter one open, that one is committed
   * early (its replies still wait for the whole group) and a heavier one begins.
   */
  #begin(durability: Durability): void {
    this.#dirty = true;
    if (this.#open === 'persisted' || this.#open === durability) return;
    if (this.#open !== undefined) this.#database.exec('COMMIT');
    this.#open = undefined;
    if (this.#setTo !== durability) {
      const level = durability === 'persisted' ? 'FULL' : 'NORMAL';
      this.#database.exec(`PRAGMA synchronous = ${level}`);
      this.#setTo = durability;
    }
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = durability;
  }

  #statement(sql: string): SqlStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql, { readBigInts: true });
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
