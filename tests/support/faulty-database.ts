import { DatabaseSync } from 'node:sqlite';

import type { SqlDatabase, SqlStatement, SqlValue } from '../../src/iggy-broker/sql-connection.ts';

const SQLITE_FULL = 13;
/** Whoever meets so many gives up never. */
const FAILURES_MAX = 1000;

/** A database in memory whose writes, or whose commits, fail on demand. */
export class FaultyDatabase implements SqlDatabase {
  /** So many writes and commits succeed before they fail; until then all do. */
  failAfter = Number.POSITIVE_INFINITY;
  /** So many fail then; those after them succeed again. */
  failuresMax = Number.POSITIVE_INFINITY;
  /** Whether writes fail, too, or commits only: those to the disk of what was taken so far. */
  writesFail = true;
  errcode = SQLITE_FULL;
  /** Whether a failure ends the transaction, as SQLite does by itself in some cases. */
  rollsBack = false;
  failures = 0;
  readonly #database = new DatabaseSync(':memory:');

  get isTransaction(): boolean {
    return this.#database.isTransaction;
  }

  exec(sql: string): void {
    if (sql === 'COMMIT') this.#mayFail();
    this.#database.exec(sql);
  }

  prepare(sql: string, options: { readBigInts: boolean }): SqlStatement {
    const statement = this.#database.prepare(sql, options);
    return {
      run: (...values: SqlValue[]) => {
        if (this.writesFail) this.#mayFail();
        return statement.run(...values);
      },
      all: (...values: SqlValue[]) => statement.all(...values),
      iterate: (...values: SqlValue[]) => statement.iterate(...values),
    };
  }

  close(): void {
    this.#database.close();
  }

  #mayFail(): void {
    this.failAfter -= 1;
    if (this.failAfter >= 0 || this.failuresMax === 0) return;
    this.failuresMax -= 1;
    this.failures += 1;
    if (this.failures > FAILURES_MAX) throw new Error('it is tried for ever');
    if (this.rollsBack && this.isTransaction) this.#database.exec('ROLLBACK');
    throw Object.assign(new Error('database or disk is full'), { errcode: this.errcode });
  }
}
