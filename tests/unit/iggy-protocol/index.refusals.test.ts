import { describe, expect, test } from 'vitest';

import { ByteReader, WireError } from '../../../src/iggy-protocol/bytes.ts';
import {
  BatchChecksumError,
  MessageChecksumError,
} from '../../../src/iggy-protocol/vsr/batch-checksum.ts';
import { MESSAGE_COUNT_AT } from '../../../src/iggy-protocol/vsr/batch-header.ts';
import { decodeBody } from '../../../src/iggy-protocol/vsr/codec.ts';
import {
  login,
  pollMessages,
  sendMessages,
  storeConsumerOffset,
} from '../../../src/iggy-protocol/vsr/commands/index.ts';
import { clientVersion } from '../../../src/iggy-protocol/vsr/commands/session.ts';
import { readConsumer } from '../../../src/iggy-protocol/vsr/consumer.ts';
import { readIdentifier } from '../../../src/iggy-protocol/vsr/identifier.ts';
import { checkBatch } from '../../../src/iggy-protocol/vsr/message-batch.ts';
import { readOptions } from '../../../src/iggy-protocol/vsr/options.ts';
import { readPartitioning } from '../../../src/iggy-protocol/vsr/partitioning.ts';
import { readSizedPermissions } from '../../../src/iggy-protocol/vsr/permissions.ts';
import { readPollingStrategy } from '../../../src/iggy-protocol/vsr/polling-strategy.ts';
import { readName } from '../../../src/iggy-protocol/vsr/text.ts';
import { decodeUserHeaders } from '../../../src/iggy-protocol/vsr/user-headers.ts';
import { fromHex, loadVectors } from '../../support/vectors.ts';
import { failureOf } from './support/failure.ts';

/** Our reader for each of the released decoders that the vectors name. */
const READERS: Readonly<Record<string, (body: Buffer) => unknown>> = {
  batch: (body) => checkBatch(body, body.readUInt32LE(MESSAGE_COUNT_AT)),
  consumer: (body) => readConsumer(new ByteReader(body)),
  identifier: (body) => readIdentifier(new ByteReader(body)),
  login: (body) => decodeBody(login.request, body),
  name: (body) => readName(new ByteReader(body)),
  options: (body) => readOptions(new ByteReader(body)),
  permissions: (body) => readSizedPermissions(new ByteReader(body)),
  partitioning: (body) => readPartitioning(new ByteReader(body)),
  poll_messages: (body) => decodeBody(pollMessages.request, body),
  send_confirmations: (body) => decodeBody(sendMessages.response, body).confirmations,
  store_consumer_offset: (body) => decodeBody(storeConsumerOffset.request, body),
  strategy: (body) => readPollingStrategy(new ByteReader(body)),
  user_headers: decodeUserHeaders,
  version_info: (body) => decodeBody(clientVersion, body),
};

function readerOf(decoder: string): (body: Buffer) => unknown {
  const reader = READERS[decoder];
  if (reader === undefined) throw new Error(`no reader for ${decoder}`);
  return reader;
}

/** What the released decoders call an error, where it makes a difference to a server. */
function errorClass(name: string) {
  if (name === 'InvalidMessageChecksum') return MessageChecksumError;
  return name === 'InvalidBatchChecksum' ? BatchChecksumError : WireError;
}

interface RefusedVector {
  decoder: string;
  error: string;
  hex: string;
  name: string;
  why: string;
}

interface AcceptedVector {
  decoder: string;
  hex: string;
  name: string;
  result: number;
  why: string;
}

const refused = loadVectors<RefusedVector>('vsr-0.11', 'refused');
const accepted = loadVectors<AcceptedVector>('vsr-0.11', 'accepted');

describe('what the released decoders refuse is refused, for the same reason', () => {
  test.each(refused)('$name, $decoder: $why', ({ decoder, error, hex }) => {
    const failure = failureOf(() => readerOf(decoder)(fromHex(hex)));
    expect(failure).toBeInstanceOf(WireError);
    expect(Object.getPrototypeOf(failure)).toBe(errorClass(error).prototype);
  });

  test('in all vectors', () => {
    expect(refused).toHaveLength(30);
  });
});

describe('what the released decoders accept is accepted, however odd', () => {
  const polls = accepted.filter(({ decoder }) => decoder === 'poll_messages');
  const lists = accepted.filter(({ decoder }) => decoder !== 'poll_messages');

  test.each(polls)('$name, $decoder: $why', ({ decoder, hex }) => {
    const poll = { partition: null, autoCommit: true, count: 10 };
    expect(readerOf(decoder)(fromHex(hex))).toMatchObject(poll);
  });

  test.each(lists)('$name, $decoder: $why', ({ decoder, hex, result }) => {
    // Their decoder of confirmations tells how many bytes it read, the others how many entries.
    const entries = decoder === 'send_confirmations' ? 0 : result;
    expect(readerOf(decoder)(fromHex(hex))).toHaveLength(entries);
  });

  test('in all vectors', () => {
    expect([polls.length, lists.length]).toEqual([1, 4]);
  });
});

describe('also refused', () => {
  test.each([
    ['identifier', '', 'nothing'],
    ['identifier', '0104000000', 'numeric, cut off'],
    ['identifier', '01050000000000', 'numeric, of five bytes'],
    ['identifier', '020261ff', 'not UTF-8'],
    ['consumer', '030104000000', 'kind 3'],
    ['partitioning', '040161', 'kind 4'],
    ['partitioning', '00', 'kind 0'],
    ['partitioning', '02050000000000', 'partition of five bytes'],
    ['partitioning', '030561', 'key cut off'],
    ['permissions', `0c000000${'00'.repeat(12)}`, 'a byte behind the last chain'],
    ['name', '00', 'empty'],
    ['name', '01ff', 'not UTF-8'],
    ['user_headers', `02010000006b0200010000${'00'.repeat(256)}`, 'value of 256 bytes'],
    ['user_headers', '02ffffffff', 'length beyond everything'],
    ['options', '02010000006b02010000007602010000006b020100000077', 'one key twice'],
    ['options', '02010000006b', 'key without a value'],
    ['options', '02010000006b0001000000', 'value of kind 0'],
    ['send_confirmations', '0000000000', 'bytes behind the last confirmation'],
    ['send_confirmations', 'ffffffff', 'a count without bytes'],
    ['version_info', '002c00000161', 'no sdk version'],
    ['version_info', '002c0000016100', 'empty sdk version'],
    ['login', '002c0000016101310161', 'no password'],
  ])('%s %s: %s', (decoder, hex) => {
    expect(() => readerOf(decoder)(fromHex(hex))).toThrow(WireError);
  });
});
