import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { PartitionLog } from '../../../../src/iggy-broker/log/partition-log.ts';
import { RecentBatches } from '../../../../src/iggy-broker/log/recent-batches.ts';
import { IN_MEMORY, openStorage } from '../../../../src/iggy-broker/sqlite-storage.ts';
import type { Storage, StoredBatch } from '../../../../src/iggy-broker/storage.ts';
import { readRecords } from '../../../../src/iggy-protocol/index.ts';
import { batchOf } from '../../../support/broker-client.ts';

const SENDER = { clientId: 1n, userId: 0, request: 1n };
const LIMITS = { consumerOffsetsMax: 10, dedupClientsMax: 10 };
const ROW = { topicKey: 1, id: 3, createdAtMicros: 5n };

function emptyLog(storage: Storage = openStorage(IN_MEMORY), recentBytesMax = 1 << 20) {
  return PartitionLog.create(storage, new RecentBatches(recentBytesMax), ROW, LIMITS);
}

function append(log: PartitionLog, payloads: string[], nowMicros = 100n): bigint {
  return log.append(batchOf(...payloads), payloads.length, SENDER, nowMicros, 'replicated');
}

const offsets = (log: PartitionLog, from: bigint, count: number, bytesMax = 1 << 20): number[] =>
  readRecords(log.read(from, count, bytesMax).records).map(({ offset }) => Number(offset));

test('what is stored is what is served: stamped, and with its sender beside it', () => {
  const stored: StoredBatch[] = [];
  const storage = openStorage(IN_MEMORY);
  const write = storage.appendBatch.bind(storage);
  storage.appendBatch = (batch, durability) => {
    stored.push(batch);
    write(batch, durability);
  };
  const log = emptyLog(storage);
  append(log, ['a'], 100n);
  append(log, ['b', 'c'], 200n);

  expect(stored.map(({ baseOffset, messageCount }) => [baseOffset, messageCount])).toEqual([
    [0n, 1],
    [1n, 2],
  ]);
  expect(stored.map(({ clientId, request }) => [clientId, request])).toEqual([
    [1n, 1n],
    [1n, 1n],
  ]);
  const { records } = log.read(0n, 10, 1 << 20);
  expect(records.equals(Buffer.concat(stored.map(({ bytes }) => bytes)))).toBe(true);
  expect(log.sizeBytes).toBe(BigInt(records.length));
  expect(readRecords(records)).toMatchObject([
    { offset: 0n, timestamp: 100n },
    { offset: 1n, timestamp: 200n },
    { offset: 2n, timestamp: 200n },
  ]);
});

test('a search by time ends also where rows are missing in the middle, at the next there is', () => {
  const storage = openStorage(IN_MEMORY);
  const log = emptyLog(storage);
  for (let count = 0n; count < 20n; count += 1n) append(log, ['x'], count * 10n);
  const find = storage.findBatch.bind(storage);
  let asked = 0;
  storage.findBatch = (key, offset) => {
    if ((asked += 1) > 100) throw new Error('it is asked for ever');
    return find(key, offset >= 4n && offset <= 12n ? 3n : offset);
  };
  for (const [micros, offset] of [
    [30n, 3n],
    [130n, 13n],
    [190n, 19n],
    [500n, 20n],
  ] as const) {
    expect(log.offsetAt(micros)).toBe(offset);
  }
});

test('time never runs backwards in a partition, whatever the clock says', () => {
  const log = emptyLog();
  for (const nowMicros of [100n, 50n, 120n]) append(log, ['x'], nowMicros);
  const times = readRecords(log.read(0n, 3, 1 << 20).records).map(({ timestamp }) => timestamp);
  expect(times).toEqual([100n, 100n, 120n]);
});

describe('a search by time', () => {
  test('finds the first batch that is not older, as looking at each of them would', () => {
    const batches = fc.array(
      fc.record({ gap: fc.nat({ max: 3 }), count: fc.integer({ min: 1, max: 4 }) }),
      {
        maxLength: 25,
      },
    );
    fc.assert(
      fc.property(batches, (plan) => {
        const log = emptyLog();
        const written: { time: bigint; offset: bigint }[] = [];
        let time = 10n;
        for (const { gap, count } of plan) {
          time += BigInt(gap);
          written.push({ time, offset: append(log, Array<string>(count).fill('x'), time) });
        }
        for (let wanted = 9n; wanted <= time + 1n; wanted += 1n) {
          const first = written.find((batch) => batch.time >= wanted);
          expect(log.offsetAt(wanted)).toBe(first?.offset ?? log.nextOffset);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a read', () => {
  test('ends at whichever comes first, the count or the bytes', () => {
    const log = emptyLog();
    for (const payload of ['a', 'b', 'c']) append(log, [payload]);
    const one = log.read(0n, 1, 1 << 20).records.length;
    expect(offsets(log, 0n, 2)).toEqual([0, 1]);
    expect(offsets(log, 0n, 9, 2 * one)).toEqual([0, 1]);
    expect(offsets(log, 0n, 9, 2 * one - 1)).toEqual([0]);
    expect(offsets(log, 1n, 9, 1)).toEqual([1]);
    expect(log.read(3n, 9, 1 << 20)).toMatchObject({ messagesCount: 0, lastOffset: undefined });
  });

  test('tells the last offset it served', () => {
    const log = emptyLog();
    append(log, ['a', 'b', 'c']);
    expect(log.read(1n, 1, 1 << 20)).toMatchObject({ messagesCount: 1, lastOffset: 1n });
    expect(log.read(0n, 9, 1 << 20)).toMatchObject({ messagesCount: 3, lastOffset: 2n });
  });
});

const payloads = (log: PartitionLog, from: bigint, count: number): string[] =>
  readRecords(log.read(from, count, 1 << 20).records).map(({ payload }) => payload.toString());

describe('reading page by page', () => {
  test('asks storage once for each batch', () => {
    const storage = openStorage(IN_MEMORY);
    const log = emptyLog(storage);
    append(log, ['a', 'b', 'c', 'd', 'e']);
    append(log, ['f', 'g', 'h']);
    const asked: bigint[] = [];
    const readBatches = storage.readBatches.bind(storage);
    storage.readBatches = (key, offset) => {
      asked.push(offset);
      return readBatches(key, offset);
    };
    const pages = [0n, 2n, 4n, 6n].map((from) => payloads(log, from, 2).join(''));
    expect(pages).toEqual(['ab', 'cd', 'ef', 'gh']);
    expect(asked).toEqual([0n, 5n]);
  });

  test('serves nothing that was truncated', () => {
    const storage = openStorage(IN_MEMORY);
    const log = emptyLog(storage);
    append(log, ['a', 'b']);
    append(log, ['c', 'd']);
    for (const from of [0n, 2n]) payloads(log, from, 1);
    log.truncateBefore(2n);
    storage.commit();
    while (storage.sweep());
    expect(payloads(log, 0n, 1)).toEqual(['c']);
    expect(payloads(log, 1n, 2)).toEqual(['c', 'd']);
  });

  test('serves nothing that was there before a purge', () => {
    const log = emptyLog();
    append(log, ['a', 'b']);
    payloads(log, 0n, 1);
    log.purge();
    expect(payloads(log, 1n, 1)).toEqual([]);
    append(log, ['c', 'd']);
    expect([0n, 1n].flatMap((from) => payloads(log, from, 1))).toEqual(['c', 'd']);
  });

  test('serves the same as if nothing was kept, whatever is read, in whatever order', () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('append'),
        at: fc.nat(),
        count: fc.integer({ min: 1, max: 6 }),
      }),
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('read'),
          at: fc.nat({ max: 20 }),
          count: fc.integer({ min: 1, max: 8 }),
        }),
      },
      fc.record({ kind: fc.constantFrom('truncate', 'purge'), at: fc.nat(), count: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const logs = [1 << 20, 1000, 0].map((max) => emptyLog(openStorage(IN_MEMORY), max));
        for (const [index, { kind, at, count }] of steps.entries()) {
          const [one, ...others] = logs.map((log) => {
            const { firstOffset, messagesCount } = log;
            const offset = firstOffset + (BigInt(at) % (messagesCount + 1n));
            if (kind === 'append') return append(log, Array<string>(count).fill(`m${index}`));
            if (kind === 'purge') return log.purge();
            if (kind === 'read') return log.read(offset, count, 1 << 20);
            const end = log.batchOffsetOf(offset);
            return end > firstOffset ? log.truncateBefore(end) : undefined;
          });
          for (const other of others) expect(other).toEqual(one);
        }
      }),
      { numRuns: 100 },
    );
  });
});

test('a purge leaves an empty partition with its number, its age and a key of its own', () => {
  const storage = openStorage(IN_MEMORY);
  const log = emptyLog(storage);
  append(log, ['a', 'b']);
  log.offsets.set(7, 1n, 'replicated');
  const key = log.key;
  log.purge();
  expect(log).toMatchObject({ id: 3, createdAtMicros: 5n, messagesCount: 0n, sizeBytes: 0n });
  expect(log.key).not.toBe(key);
  expect(log.offsets.get(7)).toBeUndefined();
  expect(append(log, ['c'])).toBe(0n);
  expect(offsets(log, 0n, 9)).toEqual([0]);
});
