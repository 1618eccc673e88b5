import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, onTestFinished, test } from 'vitest';

import { backUpData, checkData } from '../../../src/iggy-broker/data-file.ts';
import { systemClock } from '../../../src/utils/clock.ts';
import { DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { openBroker } from '../../../src/iggy-broker/open-broker.ts';
import { openStorage, type SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import type { BrokerStartReason } from '../../../src/iggy-broker/start-error.ts';
import { commands, readRecords } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, ROOT } from '../../support/broker-client.ts';
import { InProcessBroker, temporaryDirectory } from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };

function openWithMessages(directory: string, batches = 20): SqliteStorage {
  const storage = openStorage(directory);
  const client = new InProcessBroker({ storage }).client();
  client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 2, options: [] };
  client.done(commands.createTopic, topic);
  for (let count = 0; count < batches; count += 1) {
    client.done(commands.sendMessages, {
      ...TARGET,
      partitioning: { kind: 'partition_id', value: count % 2 },
      messagesCount: 2,
      batch: batchOf(`${count} ${'x'.repeat(3000)}`, 'y'),
    });
  }
  return storage;
}

/** A directory with data that no broker has open. */
function withMessages(): string {
  const directory = temporaryDirectory();
  openWithMessages(directory).close();
  return directory;
}

const fileIn = (directory: string): string => path.join(directory, 'broker.db');

function change(directory: string, sql: string): void {
  const database = new DatabaseSync(fileIn(directory));
  database.exec(sql);
  database.close();
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, at);
  writeFileSync(file, content);
}

const failsWith = (reason: BrokerStartReason): unknown =>
  expect.objectContaining({ name: 'BrokerStartError', reason });

async function start(directory: string): Promise<void> {
  const settings = { host: '127.0.0.1', port: 0, root: ROOT, limits: DEFAULT_LIMITS };
  const broker = await openBroker({ ...settings, dataDirectory: directory }, systemClock);
  await broker.stop();
}

const GARBAGE = Buffer.alloc(4096, 0xa5);

describe('checking', () => {
  test('good data counts them, and leaves the file as it is', () => {
    const directory = withMessages();
    const before = readFileSync(fileIn(directory));
    const { bytes, ...sums } = checkData(directory);
    expect(sums).toEqual({ findings: [], partitions: 2, batches: 20, messages: 40 });
    expect(bytes).toBeGreaterThan(60_000);
    expect(readFileSync(fileIn(directory)).equals(before)).toBe(true);
  });

  test('works beside the broker that has the data open, on what is committed', () => {
    const directory = temporaryDirectory();
    const storage = openWithMessages(directory);
    onTestFinished(() => storage.close());
    storage.insertStream({ id: 77, name: 'not committed', createdAtMicros: 1n });
    expect(checkData(directory)).toMatchObject({ findings: [], messages: 40 });
  });

  test.each([
    ['a gap', 'DELETE FROM batches WHERE base_offset = 4', 'it should begin at offset 4'],
    [
      'a wrong length',
      'UPDATE batches SET end_bytes = end_bytes + 1 WHERE base_offset = 6',
      'end at',
    ],
    ['a wrong time', 'UPDATE batches SET base_timestamp = 9 WHERE base_offset = 6', 'another time'],
    ['a wrong count', 'UPDATE batches SET message_count = 3 WHERE base_offset = 6', '2 messages'],
    [
      'a flipped byte',
      `UPDATE batches SET bytes = CAST(substr(bytes, 1, 900) || x'00' || substr(bytes, 902) AS BLOB)
       WHERE base_offset = 6`,
      'does not match its checksum',
    ],
    ['no stream', 'DELETE FROM streams', '1 rows of topics belong to nothing'],
    ['no topic', 'DELETE FROM topics', '2 rows of partitions'],
    ['no partition', 'DELETE FROM partitions WHERE id = 0', '10 rows of batches'],
  ])('finds %s', (_, sql, finding) => {
    const directory = withMessages();
    change(directory, sql);
    const { findings } = checkData(directory);
    expect(findings).toContainEqual(expect.stringContaining(finding));
  });

  test('rows that were dropped and are not swept yet are no damage', () => {
    const directory = temporaryDirectory();
    const storage = openWithMessages(directory);
    onTestFinished(() => storage.close());
    const client = new InProcessBroker({ storage }).client(9n);
    client.done(commands.deleteTopic, TARGET);
    expect(checkData(directory)).toMatchObject({ findings: [], messages: 0 });
  });

  test('finds a page in the middle that is something else', () => {
    const directory = withMessages();
    const pages = statSync(fileIn(directory)).size / 4096;
    overwrite(fileIn(directory), Math.floor(pages / 2) * 4096, GARBAGE);
    expect(told(() => checkData(directory))).not.toEqual([]);
  });

  test('says so where there is nothing to look at', () => {
    const directory = temporaryDirectory();
    expect(() => checkData(directory)).toThrow(failsWith('io'));
    expect(readdirSync(directory)).toEqual([]);
  });
});

/** Findings, or the failure to find any. */
function told(check: () => { findings: readonly string[] }): readonly unknown[] {
  try {
    return check().findings;
  } catch (error) {
    expect(error).toEqual(failsWith('corrupt'));
    return [error];
  }
}

describe('what a start would refuse is found by a check, and by a backup', () => {
  test.each([
    ['a missing table', 'DROP TABLE replies'],
    ['a missing partition', 'DELETE FROM partitions WHERE id = 0'],
    ['unreadable options', "UPDATE topics SET options = x'ff'"],
    ['an offset of no kind', 'INSERT INTO consumer_offsets SELECT key, 9, 1, 0 FROM partitions'],
    ['unreadable permissions', "INSERT INTO users VALUES (5, 'ada', 1, 1, 'x', x'ff', NULL)"],
  ])('%s', async (_, sql) => {
    const directory = withMessages();
    change(directory, sql);
    expect(told(() => checkData(directory))).not.toEqual([]);
    const target = path.join(temporaryDirectory(), 'copy');
    expect(() => backUpData(directory, target)).toThrow(failsWith('corrupt'));
    await expect(start(directory)).rejects.toThrow(failsWith('corrupt'));
  });
});

describe('a start on a damaged file is refused, and leaves it as it is', () => {
  test.each<[string, BrokerStartReason, (file: string) => void]>([
    ['a header of another kind', 'corrupt', (file) => overwrite(file, 0, GARBAGE.subarray(0, 16))],
    ['half of it', 'corrupt', (file) => truncateSync(file, 4096 * 5 + 100)],
    ['a later version', 'newer', (file) => overwrite(file, 60, Buffer.of(0, 0, 0, 99))],
    ['another program’s tag', 'foreign', (file) => overwrite(file, 68, Buffer.of(1, 2, 3, 4))],
  ])('%s', async (_, reason, damage) => {
    const directory = withMessages();
    damage(fileIn(directory));
    const before = readFileSync(fileIn(directory));
    await expect(start(directory)).rejects.toThrow(failsWith(reason));
    expect(readFileSync(fileIn(directory)).equals(before)).toBe(true);
    expect(() => checkData(directory)).toThrow(failsWith(reason));
  });

  test('a last batch with a flipped byte', async () => {
    const directory = withMessages();
    change(
      directory,
      `UPDATE batches SET bytes = CAST(substr(bytes, 1, 900) || x'00' || substr(bytes, 902) AS BLOB)
       WHERE base_offset = 18 AND partition_key = 2`,
    );
    await expect(start(directory)).rejects.toThrow(/batch at offset 18 of partition 2/);
  });

  test('what is no log of changes is not taken for one', async () => {
    const directory = withMessages();
    writeFileSync(`${fileIn(directory)}-wal`, GARBAGE);
    await start(directory);
    expect(checkData(directory)).toMatchObject({ findings: [], messages: 40 });
  });
});

describe('a backup', () => {
  test('beside a broker that goes on is what was committed when it began, and can be served', () => {
    const directory = temporaryDirectory();
    const storage = openWithMessages(directory);
    onTestFinished(() => storage.close());
    const target = fileIn(temporaryDirectory());
    expect(backUpData(directory, target)).toMatchObject({ findings: [], messages: 40 });
    const client = new InProcessBroker({ storage }).client(9n);
    client.done(commands.deleteTopic, TARGET);
    expect(readdirSync(path.dirname(target))).toEqual(['broker.db']);

    const restored = openStorage(path.dirname(target));
    onTestFinished(() => restored.close());
    restored.checkLastBatches();
    const { records } = new InProcessBroker({ storage: restored })
      .client()
      .done(commands.pollMessages, {
        ...TARGET,
        consumer: { kind: 'consumer', id: numbered(1) },
        partition: 1,
        strategy: { kind: 'first', value: 0n },
        count: 100,
        autoCommit: false,
      });
    expect(readRecords(records)).toHaveLength(20);
    const database = new DatabaseSync(target);
    onTestFinished(() => database.close());
    expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
  });

  test('never takes the place of a file', () => {
    const directory = withMessages();
    const target = path.join(temporaryDirectory(), 'taken');
    writeFileSync(target, 'mine');
    expect(() => backUpData(directory, target)).toThrow(/exists already/);
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });

  test('leaves alone what another one is writing beside the same name', () => {
    const target = path.join(temporaryDirectory(), 'copy');
    writeFileSync(`${target}.partial`, 'mine');
    backUpData(withMessages(), target);
    expect(readFileSync(`${target}.partial`, 'utf8')).toBe('mine');
    expect(readdirSync(path.dirname(target))).toEqual(['copy', 'copy.partial']);
  });

  test('of damaged data is none', () => {
    const directory = withMessages();
    change(directory, 'DELETE FROM batches WHERE base_offset = 4');
    const target = path.join(temporaryDirectory(), 'copy');
    expect(() => backUpData(directory, target)).toThrow(failsWith('corrupt'));
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(path.dirname(target))).toEqual([]);
  });

  test('to where nothing can be written says so', () => {
    const target = path.join(temporaryDirectory(), 'missing', 'copy');
    expect(() => backUpData(withMessages(), target)).toThrow(failsWith('io'));
  });
});
