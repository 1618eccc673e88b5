import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import type { StoredBatch } from '../../../src/iggy-broker/storage.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

function batch(partitionKey: number, baseOffset: bigint): StoredBatch {
  const sender = { clientId: 1n, request: 1n };
  const row = { messageCount: 2, baseTimestampMicros: 1n, endBytes: 5n, ...sender };
  return { partitionKey, baseOffset, ...row, bytes: Buffer.from('bytes') };
}

test('a commit waits for the disk where it has to, and only there', () => {
  const levels: unknown[] = [];
  class WatchedDatabase extends DatabaseSync {
    override exec(sql: string): void {
      if (sql === 'COMMIT') levels.push(this.prepare('PRAGMA synchronous').get()?.['synchronous']);
      super.exec(sql);
    }
  }
  const file = path.join(temporaryDirectory(), 'broker.db');
  const storage = new SqliteStorage(new WatchedDatabase(file), file);
  onTestFinished(() => storage.close());
  const consumer = { partitionKey: 1, kind: 1, consumerId: 1, offset: 0n };
  const groups: (() => void)[] = [
    () => storage.appendBatch(batch(1, 0n), 'replicated'),
    () => storage.appendBatch(batch(1, 2n), 'persisted'),
    () => storage.putConsumerOffset(consumer, 'replicated'),
    () => storage.putConsumerOffset(consumer, 'persisted'),
    () => storage.deleteConsumerOffset(consumer, 'persisted'),
    () => storage.renameStream(1, 'n'),
  ];
  for (const group of groups) {
    group();
    storage.commit();
  }
  const [normal, full] = [1, 2];
  expect(levels).toEqual([normal, full, normal, full, full, normal]);
});
