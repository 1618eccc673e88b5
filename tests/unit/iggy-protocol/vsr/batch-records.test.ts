import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import { isBatchSound } from '../../../../src/iggy-protocol/vsr/batch-checksum.ts';
import { BATCH_HEADER_BYTES } from '../../../../src/iggy-protocol/vsr/batch-header.ts';
import { readRecords, sliceBatch } from '../../../../src/iggy-protocol/vsr/batch-records.ts';
import { encodeBatch, stampBatch } from '../../../../src/iggy-protocol/vsr/message-batch.ts';
import { anyMessages } from '../support/messages.ts';

const STAMP = { partitionId: 3, baseOffset: 100n, baseTimestamp: 77n };

const TEN = stampBatch(
  encodeBatch(
    Array.from({ length: 10 }, (_, index) => ({
      id: BigInt(index + 1),
      originTimestamp: 5n,
      payload: Buffer.from(`message ${index}`),
      userHeaders: Buffer.alloc(0),
    })),
  ),
  STAMP,
);

describe('a slice of a stored batch', () => {
  test('is the messages in range, as the whole batch has them', () => {
    fc.assert(
      fc.property(
        anyMessages,
        fc.bigInt({ min: 90n, max: 120n }),
        fc.nat({ max: 12 }),
        (messages, fromOffset, countMax) => {
          const stored = stampBatch(encodeBatch(messages), STAMP);
          const wanted = readRecords(stored)
            .filter(({ offset }) => offset >= fromOffset)
            .slice(0, countMax);
          const { record, count, lastOffset } = sliceBatch(stored, fromOffset, countMax);
          expect(readRecords(record)).toEqual(wanted);
          expect(count).toBe(wanted.length);
          expect(lastOffset).toBe(wanted.at(-1)?.offset ?? fromOffset - 1n);
        },
      ),
    );
  });

  test('has a checksum of its own, and the base offset of the whole', () => {
    const { record } = sliceBatch(TEN, 103n, 4);
    expect(isBatchSound(record)).toBe(true);
    expect(record.readBigUInt64LE(8)).toBe(100n);
    expect(record.readBigUInt64LE(32)).toBe(BigInt(record.length));
    expect(record.readUInt32LE(48)).toBe(4);
  });

  test('that is all of it is the batch itself, not a copy', () => {
    expect(sliceBatch(TEN, 0n, 10).record).toBe(TEN);
    expect(sliceBatch(TEN, 100n, 1000).record).toBe(TEN);
    expect(sliceBatch(TEN, 100n, 9).record).not.toBe(TEN);
  });

  test('leaves the stored batch as it was', () => {
    const before = Buffer.from(TEN);
    sliceBatch(TEN, 105n, 1);
    expect(TEN.equals(before)).toBe(true);
  });

  test('is empty beyond the end and for a count of 0', () => {
    expect(sliceBatch(TEN, 110n, 5)).toMatchObject({ count: 0, lastOffset: 109n });
    expect(sliceBatch(TEN, 103n, 0)).toMatchObject({ count: 0, lastOffset: 102n });
    expect(sliceBatch(TEN, 110n, 5).record).toHaveLength(0);
  });
});

describe('polled records', () => {
  test('are the messages of one record after the other', () => {
    const records = Buffer.concat([
      sliceBatch(TEN, 108n, 5).record,
      stampBatch(TEN, { ...STAMP, baseOffset: 110n }),
    ]);
    expect(readRecords(records).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 12 }, (_, index) => 108n + BigInt(index)),
    );
  });

  test('of a batch that has none left are none', () => {
    const copy = Buffer.from(TEN.subarray(0, BATCH_HEADER_BYTES));
    copy.writeBigUInt64LE(BigInt(BATCH_HEADER_BYTES), 32);
    copy.writeUInt32LE(0, 48);
    expect(readRecords(copy)).toEqual([]);
  });

  test('of an empty poll are none', () => {
    expect(readRecords(Buffer.alloc(0))).toEqual([]);
  });

  test('cut anywhere else than between two records are refused', () => {
    for (let bytes = 1; bytes < TEN.length; bytes += 7) {
      expect(() => readRecords(TEN.subarray(0, bytes)), `${bytes} bytes`).toThrow(WireError);
    }
  });

  test('that claim more messages than there are, are refused', () => {
    const copy = Buffer.from(TEN);
    copy.writeUInt32LE(11, 48);
    expect(() => readRecords(copy)).toThrow(WireError);
  });

  test('that claim to be longer than everything are refused', () => {
    const copy = Buffer.from(TEN);
    copy.writeBigUInt64LE(2n ** 64n - 1n, 32);
    expect(() => readRecords(copy)).toThrow(WireError);
  });

  test.each([0n, 255n])(
    'that claim to have %i bytes, fewer than a header, are refused',
    (bytes) => {
      const copy = Buffer.from(TEN);
      copy.writeBigUInt64LE(bytes, 32);
      expect(() => readRecords(copy)).toThrow(WireError);
      // Of no messages either: those would be read for ever.
      copy.writeUInt32LE(0, 48);
      expect(() => readRecords(copy)).toThrow(WireError);
    },
  );

  test('with a message whose reserved bytes are not 0 are refused', () => {
    const copy = Buffer.from(TEN);
    copy[BATCH_HEADER_BYTES + 47] = 1;
    expect(() => readRecords(copy)).toThrow(WireError);
  });

  test('share the memory they came in', () => {
    expect(readRecords(TEN)[0]?.payload.buffer).toBe(TEN.buffer);
  });
});
