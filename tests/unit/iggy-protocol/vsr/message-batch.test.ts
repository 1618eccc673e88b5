import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import {
  BatchChecksumError,
  MessageChecksumError,
} from '../../../../src/iggy-protocol/vsr/batch-checksum.ts';
import { BATCH_HEADER_BYTES } from '../../../../src/iggy-protocol/vsr/batch-header.ts';
import { readRecords } from '../../../../src/iggy-protocol/vsr/batch-records.ts';
import {
  type BatchMessage,
  checkBatch,
  encodeBatch,
  stampBatch,
} from '../../../../src/iggy-protocol/vsr/message-batch.ts';
import { type Fields, loadVectors, toFields } from '../../../support/vectors.ts';
import { failureOf } from '../support/failure.ts';
import { anyMessages, type MessageField, toBatchMessages } from '../support/messages.ts';

interface BatchVector {
  /** `batch/0/producer`, or `batch/0/stored` for what the server makes of it. */
  name: string;
  headerHex: string;
  blobHex?: string;
  messages?: MessageField[];
  fields: Fields & { message_count: number; base_offset: string; base_timestamp: string };
}

const vectors = loadVectors<BatchVector>('vsr-0.11', 'batches');
const produced = vectors.filter(({ name }) => name.endsWith('/producer'));
const storedByServer = vectors.filter(({ name }) => name.endsWith('/stored'));

/** The batch a vector is about, made of the messages that only its producer's vector lists. */
function producedBatch(name: string): Buffer {
  const producer = produced.find((vector) => vector.name === name.replace('/stored', '/producer'));
  return encodeBatch(toBatchMessages(producer?.messages));
}

describe('batches of the released Rust crate', () => {
  test.each(produced)('$name is made alike from the same messages', (vector) => {
    const batch = producedBatch(vector.name);
    const blob = batch.toString('hex', BATCH_HEADER_BYTES);
    const { frames: _, ...header } = vector.fields;
    expect(batch.toString('hex', 0, 52)).toBe(vector.headerHex);
    // Long ones come without their frames; the checksum in the header vouches for those.
    expect(blob).toBe(vector.blobHex ?? blob);
    expect(toFields(checkBatch(batch, header.message_count))).toEqual(header);
  });

  test.each(storedByServer)('$name gets the same header', (vector) => {
    const { frames: _, ...header } = vector.fields;
    const batch = stampBatch(producedBatch(vector.name), {
      partitionId: Number(header['partition_id']),
      baseOffset: BigInt(header.base_offset),
      baseTimestamp: BigInt(header.base_timestamp),
    });
    expect(batch.toString('hex', 0, 52)).toBe(vector.headerHex);
    expect(toFields(checkBatch(batch, header.message_count))).toEqual(header);
  });

  test('all ran', () => {
    expect([produced.length, storedByServer.length]).toEqual([5, 5]);
    expect(vectors).toHaveLength(10);
  });
});

const HELLO: BatchMessage = {
  id: 1n,
  originTimestamp: 1_000_000n,
  payload: Buffer.from('hello'),
  userHeaders: Buffer.alloc(0),
};

describe('a batch', () => {
  test('gives back its messages, numbered, whatever they hold', () => {
    fc.assert(
      fc.property(anyMessages, (messages) => {
        const batch = encodeBatch(messages);
        const header = checkBatch(batch, messages.length);
        expect(header.batchLength).toBe(BigInt(batch.length));
        const read = readRecords(batch);
        expect(read).toMatchObject(messages);
        expect(read.map(({ offset }) => offset)).toEqual(messages.map((_, index) => BigInt(index)));
      }),
    );
  });

  test('without a message is never made', () => {
    expect(() => encodeBatch([])).toThrow(WireError);
  });

  test('spans 2^32 - 1 microseconds and no more', () => {
    const later = (deltaMicros: bigint): BatchMessage => ({
      ...HELLO,
      originTimestamp: HELLO.originTimestamp + deltaMicros,
    });
    expect(readRecords(encodeBatch([later(2n ** 32n - 1n), HELLO]))).toHaveLength(2);
    expect(() => encodeBatch([HELLO, later(2n ** 32n)])).toThrow(WireError);
  });

  test('takes ids of 128 bits and no more', () => {
    const id = 2n ** 128n - 1n;
    expect(readRecords(encodeBatch([{ ...HELLO, id }]))).toMatchObject([{ id }]);
    expect(() => encodeBatch([{ ...HELLO, id: id + 1n }])).toThrow(WireError);
    expect(() => encodeBatch([{ ...HELLO, originTimestamp: -1n }])).toThrow(WireError);
  });

  test('that is stored leaves what was sent as it was', () => {
    const sent = encodeBatch([HELLO, HELLO]);
    const before = Buffer.from(sent);
    const stamp = { partitionId: 3, baseOffset: 40n, baseTimestamp: 99n };
    const stored = stampBatch(sent, stamp);
    expect(sent.equals(before)).toBe(true);
    expect(readRecords(stored)).toMatchObject([
      { offset: 40n, timestamp: 99n, originTimestamp: 1_000_000n },
      { offset: 41n, timestamp: 99n, originTimestamp: 1_000_000n },
    ]);
  });
});

describe('a server does not admit a batch', () => {
  const batch = encodeBatch([HELLO, { ...HELLO, id: 2n }]);

  function altered(at: number, byte: number): Buffer {
    const copy = Buffer.from(batch);
    copy[at] = byte;
    return copy;
  }

  test('with any one bit changed', () => {
    fc.assert(
      fc.property(fc.nat({ max: batch.length * 8 - 1 }), (bit) => {
        const copy = Buffer.from(batch);
        copy[bit >> 3] = (batch[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => checkBatch(copy, 2)).toThrow(WireError);
      }),
      { numRuns: 1000 },
    );
  });

  test('whose payload changed, and blames the message', () => {
    expect(() => checkBatch(altered(batch.length - 1, 0), 2)).toThrow(MessageChecksumError);
  });

  test('whose header changed, and blames the batch', () => {
    expect(() => checkBatch(altered(8, 1), 2)).toThrow(BatchChecksumError);
  });

  test('that is cut, has bytes to spare, or is empty', () => {
    expect(() => checkBatch(batch.subarray(0, -1), 2)).toThrow(WireError);
    expect(() => checkBatch(Buffer.concat([batch, Buffer.alloc(1)]), 2)).toThrow(WireError);
    expect(() => checkBatch(batch.subarray(0, BATCH_HEADER_BYTES), 0)).toThrow(WireError);
    expect(() => checkBatch(Buffer.alloc(0), 0)).toThrow(WireError);
  });

  test('of another number of messages than the request announced', () => {
    expect(() => checkBatch(batch, 1)).toThrow(WireError);
    expect(() => checkBatch(batch, 3)).toThrow(WireError);
  });

  // Nothing but its layout: the sender has to learn what is wrong, and it is no damage on the way.
  test.each<[string, (copy: Buffer) => Buffer]>([
    ['with one byte behind a message', (copy) => Buffer.concat([copy, Buffer.alloc(1)])],
    [
      'with fewer bytes behind a message than a message has',
      (copy) => Buffer.concat([copy, Buffer.alloc(47)]),
    ],
    [
      'with a message that reaches beyond the end',
      (copy) => Buffer.from(copy.fill(200, BATCH_HEADER_BYTES + 36, BATCH_HEADER_BYTES + 37)),
    ],
    ['with another number of messages than it says', (copy) => Buffer.from(copy.fill(3, 48, 49))],
  ])('%s, and blames no checksum', (_, spoil) => {
    const spoilt = spoil(Buffer.from(batch));
    spoilt.writeBigUInt64LE(BigInt(spoilt.length), 32);
    const failure = failureOf(() => checkBatch(spoilt, 2));
    expect(Object.getPrototypeOf(failure)).toBe(WireError.prototype);
  });

  test('that claims more messages than bytes, and allocates nothing for them', () => {
    const copy = Buffer.from(batch);
    copy.writeUInt32LE(0xffff_ffff, 48);
    expect(() => checkBatch(copy, 0xffff_ffff)).toThrow(WireError);
  });

  test('whose messages are not numbered from 0, with all checksums right', () => {
    const second = stampBatch(encodeBatch([HELLO, HELLO]), {
      partitionId: 0,
      baseOffset: 0n,
      baseTimestamp: 0n,
    });
    const frameBytes = (second.length - BATCH_HEADER_BYTES) / 2;
    const tail = second.subarray(BATCH_HEADER_BYTES + frameBytes);
    const misnumbered = Buffer.concat([second.subarray(0, BATCH_HEADER_BYTES), tail, tail]);
    const resealed = stampBatch(misnumbered, { partitionId: 0, baseOffset: 0n, baseTimestamp: 0n });
    const failure = failureOf(() => checkBatch(resealed, 2));
    expect(failure).toBeInstanceOf(WireError);
    expect(failure).not.toBeInstanceOf(MessageChecksumError);
    expect(failure).not.toBeInstanceOf(BatchChecksumError);
  });
});
