import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, onTestFinished, test } from 'vitest';

import { openStorage, SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { BrokerStartError } from '../../../src/iggy-broker/start-error.ts';
import type { StoredBatch } from '../../../src/iggy-broker/storage.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U128_MAX = (1n << 128n) - 1n;

function batch(
  partitionKey: number,
  baseOffset: bigint,
  bytes = Buffer.from('bytes'),
): StoredBatch {
  return {
    partitionKey,
    baseOffset,
    messageCount: 2,
    baseTimestampMicros: 100n + baseOffset,
    endBytes: (baseOffset / 2n + 1n) * BigInt(bytes.length),
    clientId: U128_MAX,
    request: U64_MAX,
    bytes,
  };
}

/** Looks into the file as somebody else would. */
function inspect<Row>(directory: string, sql: string): Row[] {
  const database = new DatabaseSync(path.join(directory, 'broker.db'), { readBigInts: true });
  try {
    // The caller knows what it asked for.
    return database.prepare(sql).all() as Row[];
  } finally {
    database.close();
  }
}

function withTopic(storage: SqliteStorage) {
  storage.insertStream({ id: 4, name: 'a\0ż', createdAtMicros: 11n });
  const options = Buffer.from('options');
  const topic = { streamId: 4, id: 1, name: 't', createdAtMicros: 12n, options };
  const topicKey = storage.insertTopic(topic);
  const row = { topicKey, id: 0, createdAtMicros: 13n };
  return { topicKey, topic, row, partitionKey: storage.insertPartition(row) };
}

describe('a file', () => {
  test('is made once for all time: its name tag, its version, and space that can be given back', () => {
    const directory = temporaryDirectory();
    for (let opened = 0; opened < 2; opened += 1) openStorage(directory).close();
    const pragma = (name: string) =>
      inspect<Record<string, bigint>>(directory, `PRAGMA ${name}`)[0];
    expect(pragma('auto_vacuum')).toEqual({ auto_vacuum: 2n });
    expect(pragma('application_id')).toEqual({ application_id: 0x53_6c_63_69n });
    expect(pragma('user_version')).toEqual({ user_version: 2n });
    expect(pragma('journal_mode')).toEqual({ journal_mode: 'wal' });
  });

  test.each([
    ['another program’s', 'CREATE TABLE t (a)', 'foreign'],
    ['another program’s with a tag', 'PRAGMA application_id = 7', 'foreign'],
    ['a later version’s', 'PRAGMA application_id = 1399612265; PRAGMA user_version = 3', 'newer'],
  ])('that is %s is refused and left as it is', (_, sql, reason) => {
    const directory = temporaryDirectory();
    const file = path.join(directory, 'broker.db');
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
    const before = inspect(directory, 'SELECT * FROM sqlite_schema');

    expect(() => openStorage(directory)).toThrow(
      expect.objectContaining({ name: 'BrokerStartError', reason }) as BrokerStartError,
    );
    expect(inspect(directory, 'SELECT * FROM sqlite_schema')).toEqual(before);
    expect(readdirSync(directory)).toEqual(['broker.db']);
  });

  test('that is no database is not touched either', () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'broker.db'), 'x'.repeat(5000));
    expect(() => openStorage(directory)).toThrow(/file is not a database/);
  });

  test('gives back what was committed, and nothing else', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    const { topic, topicKey, row, partitionKey } = withTopic(storage);
    storage.appendBatch(batch(partitionKey, 0n), 'replicated');
    storage.appendBatch(batch(partitionKey, 2n), 'replicated');
    const consumer = { partitionKey, kind: 1, consumerId: 0xffff_ffff, offset: 3n };
    storage.putConsumerOffset(consumer, 'replicated');
    const group = { topicKey, id: 0, name: 'g' };
    storage.insertGroup(group);
    storage.insertGroup({ topicKey, id: 1, name: 'gone' });
    for (const consumerId of [0, 1]) {
      storage.putConsumerOffset({ ...consumer, kind: 2, consumerId }, 'replicated');
    }
    storage.deleteGroup(topicKey, 1);
    const token = { userId: 0, name: 'ci', hash: Buffer.alloc(32, 7), expiresAtMicros: 9n };
    const reply = {
      clientId: U128_MAX,
      userId: 0,
      request: 2n,
      operation: 128,
      requestChecksum: 5n,
      frame: Buffer.from('reply'),
    };
    storage.putReply({ ...reply, request: 1n });
    storage.putReply(reply);
    storage.putReply({ ...reply, clientId: 1n });
    storage.deleteReply(1n);
    storage.insertToken(token);
    const user = {
      id: 3,
      name: 'ada',
      createdAtMicros: 12n,
      status: 1,
      password: 'hash',
      permissions: Buffer.of(1, 2),
      configured: null,
    };
    storage.putUser(user);
    const changed = { ...user, id: 0, name: 'root', status: 2, password: null, permissions: null };
    storage.putUser({ ...changed, configured: null, status: 1 });
    storage.putUser({ ...changed, configured: 'hash' });
    storage.putUser({ ...user, id: 9, name: 'gone' });
    storage.deleteUser(9);
    storage.commit();
    storage.insertStream({ id: 5, name: 'not committed', createdAtMicros: 1n });
    storage.close();

    const reopened = openStorage(directory);
    onTestFinished(() => reopened.close());
    expect(reopened.load()).toEqual({
      streams: [{ id: 4, name: 'a\0ż', createdAtMicros: 11n }],
      topics: [{ ...topic, key: topicKey }],
      partitions: [
        {
          ...row,
          key: partitionKey,
          extent: {
            firstOffset: 0n,
            nextOffset: 4n,
            sizeBytes: 10n,
            endBytes: 10n,
            lastTimestampMicros: 102n,
          },
        },
      ],
      consumerOffsets: [consumer, { ...consumer, kind: 2, consumerId: 0 }],
      groups: [group],
      nextGroups: [{ topicKey, id: 2 }],
      users: [{ ...changed, configured: 'hash' }, user],
      tokens: [token],
      replies: [reply],
    });
  });

  test('keeps the sender of each batch, all its bits', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    storage.appendBatch({ ...batch(1, 0n), clientId: 258n, request: 3n }, 'replicated');
    storage.appendBatch(batch(1, 2n), 'replicated');
    storage.commit();
    storage.close();
    expect(
      inspect(directory, 'SELECT hex(client_id) AS client, hex(request) AS request FROM batches'),
    ).toEqual([
      { client: '00000000000000000000000000000102', request: '0000000000000003' },
      { client: 'F'.repeat(32), request: 'F'.repeat(16) },
    ]);
  });
});

describe('batches', () => {
  test('are read from the one that holds the offset, in order, and of one partition only', () => {
    const storage = openStorage(':memory:');
    for (const offset of [0n, 2n, 4n]) storage.appendBatch(batch(1, offset), 'replicated');
    storage.appendBatch(batch(2, 0n), 'replicated');
    const read = (key: number, from: bigint) =>
      [...storage.readBatches(key, from)].map(({ baseOffset }) => baseOffset);
    expect(read(1, 0n)).toEqual([0n, 2n, 4n]);
    expect(read(1, 3n)).toEqual([2n, 4n]);
    expect(read(1, 6n)).toEqual([]);
    expect(read(2, 0n)).toEqual([0n]);
    storage.appendBatch(batch(4, 3n), 'replicated');
    expect(read(4, 1n)).toEqual([3n]);
    expect(read(4, 4n)).toEqual([3n]);
    expect(storage.findBatch(1, 3n)).toEqual({
      baseOffset: 2n,
      messageCount: 2,
      baseTimestampMicros: 102n,
      endBytes: 10n,
    });
    expect(storage.findBatch(3, 3n)).toBeUndefined();
  });

  test('tell who sent the newest ones, of one partition only', () => {
    const storage = openStorage(':memory:');
    const senders = [
      { clientId: U128_MAX, request: 1n },
      { clientId: 258n, request: U64_MAX },
      { clientId: 0n, request: 2n },
    ];
    for (const [index, sender] of senders.entries()) {
      storage.appendBatch({ ...batch(1, BigInt(index) * 2n), ...sender }, 'replicated');
    }
    storage.appendBatch(batch(2, 0n), 'replicated');
    expect(storage.readSenders(1, 9)).toEqual(senders.toReversed());
    expect(storage.readSenders(1, 2)).toEqual(senders.slice(1).toReversed());
    expect(storage.readSenders(3, 9)).toEqual([]);
  });
});

describe('a commit group', () => {
  /** Every statement that is not prepared: transactions and settings. */
  function recorded() {
    const statements: string[] = [];
    class RecordingDatabase extends DatabaseSync {
      override exec(sql: string): void {
        super.exec(sql);
        statements.push(sql.trim());
      }
    }
    const storage = new SqliteStorage(new RecordingDatabase(':memory:'), ':memory:');
    statements.length = 0;
    return { storage, statements };
  }

  test('begins with its first write and is one transaction', () => {
    const { storage, statements } = recorded();
    storage.commit();
    expect(statements).toEqual([]);
    storage.appendBatch(batch(1, 0n), 'replicated');
    storage.appendBatch(batch(1, 2n), 'replicated');
    expect(storage.dirty).toBe(true);
    storage.commit();
    expect(storage.dirty).toBe(false);
    expect(statements).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  });

  test('with one write that must outlive the machine waits for the disk, all of it', () => {
    const { storage, statements } = recorded();
    storage.appendBatch(batch(1, 0n), 'replicated');
    storage.appendBatch(batch(2, 0n), 'persisted');
    storage.putConsumerOffset(
      { partitionKey: 1, kind: 1, consumerId: 1, offset: 0n },
      'replicated',
    );
    storage.commit();
    storage.appendBatch(batch(2, 2n), 'persisted');
    storage.commit();
    storage.appendBatch(batch(1, 2n), 'replicated');
    storage.commit();
    const lighter = ['BEGIN IMMEDIATE', 'COMMIT'];
    expect(statements).toEqual([
      ...lighter,
      'PRAGMA synchronous = FULL',
      'BEGIN IMMEDIATE',
      'COMMIT',
      'BEGIN IMMEDIATE',
      'COMMIT',
      'PRAGMA synchronous = NORMAL',
      ...lighter,
    ]);
  });
});

describe('what is deleted', () => {
  test('is out of sight at once and removed in slices, with the space it took', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    const { partitionKey, row } = withTopic(storage);
    const bytes = Buffer.alloc(50_000, 1);
    for (let index = 0n; index < 400n; index += 1n) {
      storage.appendBatch(batch(partitionKey, index * 2n, bytes), 'replicated');
    }
    storage.putConsumerOffset({ partitionKey, kind: 1, consumerId: 1, offset: 0n }, 'replicated');
    storage.commit();
    const purgedKey = storage.purgePartition(partitionKey, row);
    storage.appendBatch(batch(purgedKey, 0n, Buffer.from('new')), 'replicated');
    storage.commit();

    expect(storage.load().partitions).toMatchObject([
      { key: purgedKey, extent: { nextOffset: 2n, sizeBytes: 3n } },
    ]);
    expect(storage.load().consumerOffsets).toEqual([]);
    let slices = 0;
    while (storage.sweep()) slices += 1;
    // 20 MB in slices of up to 4 MiB, then their pages in slices of 1 MiB.
    expect(slices).toBeGreaterThan(20);
    expect(storage.dirty).toBe(false);
    expect([...storage.readBatches(purgedKey, 0n)]).toHaveLength(1);
    storage.close();
    expect(inspect(directory, 'SELECT count(*) AS n FROM batches')).toEqual([{ n: 1n }]);
    expect(inspect(directory, 'SELECT count(*) AS n FROM dropped_partitions')).toEqual([{ n: 0n }]);
    expect(inspect(directory, 'SELECT count(*) AS n FROM consumer_offsets')).toEqual([{ n: 0n }]);
    expect(inspect(directory, 'PRAGMA freelist_count')).toEqual([{ freelist_count: 0n }]);
    expect(
      inspect<{ page_count: bigint }>(directory, 'PRAGMA page_count')[0]?.page_count,
    ).toBeLessThan(100n);
  });

  test('takes everything below it along, and its keys never come back', () => {
    const storage = openStorage(':memory:');
    const first = withTopic(storage);
    storage.appendBatch(batch(first.partitionKey, 0n), 'replicated');
    storage.deleteStream(4);
    const second = withTopic(storage);
    storage.commit();
    expect(second.topicKey).toBeGreaterThan(first.topicKey);
    expect(second.partitionKey).toBeGreaterThan(first.partitionKey);
    expect(storage.load().partitions).toMatchObject([{ extent: { nextOffset: 0n } }]);
    storage.deleteTopic(second.topicKey);
    storage.commit();
    expect(storage.load()).toMatchObject({ topics: [], partitions: [] });
    while (storage.sweep());
    expect([...storage.readBatches(first.partitionKey, 0n)]).toEqual([]);
  });

  test('a row larger than a slice is removed too', () => {
    const storage = openStorage(':memory:');
    const { partitionKey, topicKey } = withTopic(storage);
    storage.appendBatch(batch(partitionKey, 0n, Buffer.alloc(5 << 20)), 'replicated');
    storage.deleteTopic(topicKey);
    storage.commit();
    while (storage.sweep());
    expect([...storage.readBatches(partitionKey, 0n)]).toEqual([]);
  });
});
