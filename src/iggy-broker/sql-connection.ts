import { MIGRATIONS } from './sqlite-migrations.ts';
import type { Row } from './sqlite-rows.ts';
import { BEFORE_FIRST_PAGE, CONNECTION_SETTINGS, SCHEMA } from './sqlite-schema.ts';
import { isPassing } from './sqlite-error.ts';
import { type Durability, StorageUnavailableError } from './storage.ts';

export type SqlValue = null | number | bigint | string | Uint8Array;

/** What is used of a compiled statement. */
export interface SqlStatement {
  run(...values: SqlValue[]): { lastInsertRowid: number | bigint };
  all(...values: SqlValue[]): Row[];
  iterate(...values: SqlValue[]): Iterable<Row>;
}

/** What is used of a database: a small part, so that its class may change its name. */
export interface SqlDatabase {
  readonly isTransaction: boolean;
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
  #commits = 0;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  get dirty(): boolean {
    return this.#dirty;
  }

  /** Transactions committed. */
  get commits(): number {
    return this.#commits;
  }

  all(sql: string, ...values: SqlValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Row by row; nothing else may be written until the caller has ended the loop. */
  iterate(sql: string, ...values: SqlValue[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values);
  }

  /**
   * Returns the row's key where one was made.
   *
   * @throws StorageUnavailableError and so do `commit` and `shrink`
   */
  write(durability: Durability, sql: string, ...values: SqlValue[]): number {
    try {
      this.#begin(durability);
      return Number(this.#statement(sql).run(...values).lastInsertRowid);
    } catch (error) {
      throw told(error);
    }
  }

  commit(): void {
    try {
      this.#commitOpen();
    } catch (error) {
      throw told(error);
    }
    this.#dirty = false;
  }

  /** What was not committed is gone. */
  rollback(): void {
    // Some failures have ended the transaction already.
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    this.#open = undefined;
    this.#dirty = false;
  }

  /** Gives up to `pages` free pages at the end of the file back to the system. */
  shrink(pages: number): void {
    try {
      // Not as a compiled statement: that one would stop after the first page.
      this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
    } catch (error) {
      throw told(error);
    }
  }

  /**
   * Brings what was committed from the log of changes into the file itself, as far as readers let it;
   * `TRUNCATE` makes the log give back its space too. What cannot be done now is done some other time.
   */
  checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#database.exec(`PRAGMA wal_checkpoint(${mode})`);
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
  }

  /** Lays out an empty file. It is ours at once or, after a crash, still empty. */
  initialise(): void {
    this.#database.exec(BEFORE_FIRST_PAGE);
    this.configure();
    this.#inTransaction(SCHEMA);
  }

  /** Brings an older file up to this program's version, or leaves it as it was. */
  migrate(version: number): void {
    for (const { to, sql } of MIGRATIONS) {
      if (to <= version) continue;
      this.#inTransaction(`${sql}; PRAGMA user_version = ${to}`);
    }
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
    this.#commitOpen();
    if (this.#setTo !== durability) {
      const level = durability === 'persisted' ? 'FULL' : 'NORMAL';
      this.#database.exec(`PRAGMA synchronous = ${level}`);
      this.#setTo = durability;
    }
    this.#database.exec('BEGIN IMMEDIATE');
    this.#open = durability;
  }

  #commitOpen(): void {
    if (this.#open === undefined) return;
    this.#database.exec('COMMIT');
    this.#open = undefined;
    this.#commits += 1;
  }

  #inTransaction(sql: string): void {
    this.#database.exec(`BEGIN IMMEDIATE; ${sql}; COMMIT`);
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

function told(error: unknown): unknown {
  if (!isPassing(error)) return error;
  return new StorageUnavailableError(error.message, { cause: error });
}
