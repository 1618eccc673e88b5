import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

const SCHEMA_1 = readFileSync(new URL('vectors/schema-1.sql', import.meta.url), 'utf8');

/** The order in which tables came to be does not matter; how each of them is made does. */
const DESCRIBE = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name';

function inFile<Result>(directory: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(path.join(directory, 'broker.db'));
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** As version 1 laid it out, with something in every table. */
function fileOfVersion1(): string {
  const directory = temporaryDirectory();
  inFile(directory, (database) => {
    database.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; ${SCHEMA_1}
      INSERT INTO streams VALUES (0, 's', 1);
      INSERT INTO topics VALUES (5, 0, 0, 't', 2, x'');
      INSERT INTO partitions VALUES (7, 5, 0, 3, 0);
      INSERT INTO batches VALUES (7, 0, 2, 4, 3, zeroblob(16), zeroblob(8), x'010203');
      INSERT INTO consumer_offsets VALUES (7, 1, 9, 1);
      INSERT INTO personal_access_tokens VALUES (0, 'ci', zeroblob(32), 0);
      INSERT INTO dropped_partitions VALUES (6);`);
  });
  return directory;
}

test('a file of version 1 is opened with everything that is in it', () => {
  const storage = openStorage(fileOfVersion1());
  onTestFinished(() => storage.close());
  const state = storage.load();
  expect(state.streams).toEqual([{ id: 0, name: 's', createdAtMicros: 1n }]);
  expect(state.topics).toMatchObject([{ key: 5, name: 't' }]);
  expect(state.partitions).toMatchObject([{ key: 7, extent: { nextOffset: 2n, sizeBytes: 3n } }]);
  expect(state.consumerOffsets).toEqual([{ partitionKey: 7, kind: 1, consumerId: 9, offset: 1n }]);
  expect(state.tokens).toMatchObject([{ name: 'ci' }]);
  expect([...storage.readBatches(7, 0n)]).toMatchObject([{ bytes: Buffer.of(1, 2, 3) }]);
  while (storage.sweep());
});

test('a migrated file and a new one have the same schema and the same version', () => {
  const [old, made] = [fileOfVersion1(), temporaryDirectory()];
  for (const directory of [old, made, old]) openStorage(directory).close();
  const describe = (directory: string): unknown[] =>
    inFile(directory, (database) => [
      database.prepare(DESCRIBE).all(),
      database.prepare('PRAGMA user_version').get(),
      database.prepare('PRAGMA auto_vacuum').get(),
    ]);
  expect(describe(old)).toEqual(describe(made));
});

test('a step that fails leaves the file as it was', () => {
  const directory = fileOfVersion1();
  inFile(directory, (database) => database.exec('CREATE TABLE truncations (in_the_way)'));
  const before = inFile(directory, (database) => database.prepare(DESCRIBE).all());
  expect(() => openStorage(directory)).toThrow(/truncations/);
  expect(inFile(directory, (database) => database.prepare(DESCRIBE).all())).toEqual(before);
  expect(inFile(directory, (database) => database.prepare('PRAGMA user_version').get())).toEqual({
    user_version: 1,
  });
});
