import { DatabaseSync } from 'node:sqlite';

import { IN_MEMORY, SqliteStorage } from '../../src/iggy-broker/sqlite-storage.ts';

/** What outlives a broker: the real storage over a file in memory, which can be left in mid-group. */
export class Disk {
  readonly #database = new DatabaseSync(IN_MEMORY);

  /** As the next broker finds it. */
  open(): SqliteStorage {
    return new SqliteStorage(this.#database, IN_MEMORY);
  }

  /** The broker is gone, and with it what it had not committed. */
  crash(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  close(): void {
    this.#database.close();
  }
}
