import { describe, expect, test } from 'vitest';

import {
  BatchChecksumError,
  checkBatch,
  type Command,
  commands,
  decodeBody,
  decodeRequest,
  decodeServerFrame,
  encodeBody,
  encodeEviction,
  encodeReply,
  encodeRequest,
  MessageChecksumError,
  Operation,
  pollMessages,
  replyOutcome,
  sendMessages,
  type ServerFrame,
  WireError,
} from '../../../src/iggy-protocol/index.ts';
import { isBatchSound } from '../../../src/iggy-protocol/vsr/batch-checksum.ts';
import { BATCH_LENGTH_AT } from '../../../src/iggy-protocol/vsr/batch-header.ts';
import { withTextNumbers } from '../../support/vectors.ts';
import { failureOf } from './support/failure.ts';
import { type Exchange, loadObserved, type Recorded } from './support/observed.ts';
import { RESPELL } from './support/respell.ts';

/** Every request a real server (0.9.0-edge.5) was sent in the experiments, and what it answered. */
const exchanges = [
  'errors',
  'groups-and-clients',
  'offsets',
  'poll',
  'send',
  'session-and-system',
  'streams-topics-partitions',
  'users-and-tokens',
].flatMap(loadObserved);

const replies = exchanges.flatMap((exchange) =>
  exchange.reply === undefined ? [] : [{ ...exchange, reply: exchange.reply }],
);

const ALL: readonly Command<unknown, unknown>[] = Object.values(commands);

/** Which command a request carries. Nothing on the wire tells the two logins apart, their names do. */
function commandOf({ name, request }: Exchange): Command<unknown, unknown> | undefined {
  const { operation, code } = decodeRequest(request).header;
  if (operation === Operation.Register) {
    const login = name.includes('-pat') ? 'login_with_pat' : 'login';
    return ALL.find((command) => command.name === login);
  }
  return ALL.find((it) => it.operation === operation && (code === null || it.code === code));
}

/** Not understood by our codecs, or not the way they write it; all others are both. */
const ODD_REQUESTS: Readonly<Record<string, string>> = {
  // The server was before typed poll errors: it answered these two with an empty poll.
  'poll bad strategy kind 9': 'malformed',
  'poll body truncated': 'malformed',
  'poll body trailing': 'bytes to spare',
  'create stream empty name': 'malformed',
  'create stream empty body': 'malformed',
  'create stream invalid utf8': 'malformed',
  'create stream trailing garbage': 'malformed',
  'create topic body truncated': 'malformed',
  'create topic duplicate option key': 'malformed',
  'identifier kind 3': 'malformed',
  'identifier numeric len 2': 'malformed',
  'identifier string len 0': 'malformed',
  'unknown code 9999': 'no command',
  'code 0': 'no command',
  'op 64 from client': 'no command',
  'op 0': 'no command',
  'send: empty body': 'malformed',
  'send: partitioning kind 9': 'malformed',
  'register truncated': 'malformed',
  'register empty sdk name': 'malformed',
  'read-replicated-code': 'no command',
};

function oddity(exchange: Exchange): string | undefined {
  const command = commandOf(exchange);
  if (command === undefined) return 'no command';
  const { body } = decodeRequest(exchange.request);
  const failure = failureOf(() => decodeBody(command.request, body));
  if (failure !== undefined) return failure instanceof WireError ? 'malformed' : 'a bug of ours';
  const again = encodeBody(command.request, decodeBody(command.request, body));
  return again.equals(body) ? undefined : 'bytes to spare';
}

/** What is wrong with the batches that are not admitted; all others are. */
const BROKEN_BATCHES: Readonly<Record<string, string>> = {
  'send: frame checksum wrong': 'message checksum',
  'send: payload changed (frame checksum bad)': 'message checksum',
  'send: batch reserved non-zero': 'layout',
  'send: frame reserved non-zero (checksums recomputed)': 'layout',
  'send: metadata count 3, batch 2': 'layout',
  'send: batch_length wrong': 'layout',
  'send: truncated body': 'layout',
  'send: trailing byte': 'layout',
  'send: empty body': 'layout',
  'send: 0 messages': 'layout',
  'send: partitioning kind 9': 'layout',
  // The server took these two, and consumers then saw offsets twice or not at all.
  'send: offset_delta all zero': 'layout',
  'send: offset_delta 0,5': 'layout',
};

function faultOf(body: Buffer): string | undefined {
  const failure = failureOf(() => {
    const { batch, messagesCount } = decodeBody(sendMessages.request, body);
    checkBatch(batch, messagesCount);
  });
  if (failure === undefined) return undefined;
  if (failure instanceof MessageChecksumError) return 'message checksum';
  if (failure instanceof BatchChecksumError) return 'batch checksum';
  return failure instanceof WireError ? 'layout' : 'a bug of ours';
}

describe('requests a real server was sent', () => {
  test('are framed, and written again as the same bytes', () => {
    const different = exchanges.filter(({ request }) => {
      const { header, body } = decodeRequest(request);
      return !encodeRequest(header, body).equals(request);
    });
    // These two put something into reserved bytes.
    expect(different.map(({ name }) => name)).toEqual([
      'header reserved byte 62 set',
      'header reserved byte 210 set',
    ]);
    expect(exchanges).toHaveLength(257);
  });

  test('are read by the codec of their command and written alike, but for the odd ones', () => {
    const found = exchanges.map((exchange) => [exchange.name, oddity(exchange)]);
    expect(Object.fromEntries(found.filter(([, oddness]) => oddness !== undefined))).toEqual(
      ODD_REQUESTS,
    );
  });

  test('carry batches that are admitted, but for the broken ones', () => {
    const sends = exchanges.filter((it) => commandOf(it)?.code === sendMessages.code);
    const found = sends.map(({ name, request }) => [name, faultOf(decodeRequest(request).body)]);
    expect(Object.fromEntries(found.filter(([, fault]) => fault !== undefined))).toEqual(
      BROKEN_BATCHES,
    );
    expect(sends).toHaveLength(36);
  });
});

describe('replies of a real server', () => {
  const payloads = replies.flatMap((exchange) => {
    const payload = payloadOf(exchange.reply);
    const command = commandOf(exchange);
    return payload === undefined || command === undefined
      ? []
      : [{ ...exchange, payload, command }];
  });
  const decoded = payloads.flatMap((exchange) => {
    const respell = RESPELL[exchange.command.name];
    const known = exchange.decoded !== undefined && exchange.decoded !== null;
    return respell !== undefined && known ? [{ ...exchange, respell }] : [];
  });
  const polls = payloads.filter(({ command }) => command.code === pollMessages.code);

  test.each(replies)('$name: says what was recorded, and is written alike', (exchange) => {
    const frame = decodeServerFrame(exchange.reply);
    const again =
      frame.kind === 'eviction'
        ? encodeEviction(frame.header)
        : encodeReply(frame.header, frame.body);
    expect(recordedOf(frame)).toEqual(exchange.recorded);
    expect(again.equals(exchange.reply)).toBe(true);
  });

  test.each(payloads)('$name: has a payload that is read and written alike', (exchange) => {
    const { response } = exchange.command;
    const value = decodeBody(response, exchange.payload);
    expect(encodeBody(response, value).equals(exchange.payload)).toBe(true);
  });

  test.each(decoded)('$name: has the values its recorder read', (exchange) => {
    expect(withTextNumbers(exchange.decoded)).toMatchObject(exchange.respell(exchange.payload));
  });

  test.each(polls)('$name: has records whose checksums hold', ({ payload }) => {
    const records = recordsOf(decodeBody(pollMessages.response, payload).records);
    expect(records.every(isBatchSound)).toBe(true);
  });

  test('all ran', () => {
    const records = polls.flatMap(({ payload }) =>
      recordsOf(decodeBody(pollMessages.response, payload).records),
    );
    expect([replies.length, payloads.length, decoded.length]).toEqual([245, 164, 55]);
    expect([polls.length, records.length]).toEqual([22, 20]);
  });
});

function recordedOf(frame: ServerFrame): Recorded {
  if (frame.kind === 'eviction') {
    const { reason, serverProtocolVersion, serverProtocolVersionMin } = frame.header;
    return { kind: 'eviction', reason, max: serverProtocolVersion, min: serverProtocolVersionMin };
  }
  const { operation, request, status } = frame.header;
  const outcome = replyOutcome(frame.header, frame.body);
  const result = outcome.ok || status !== 0 ? 0 : outcome.code;
  return { kind: 'reply', operation, request: Number(request), status, result };
}

/** The payload of a reply that is neither an eviction nor a refusal. */
function payloadOf(reply: Buffer): Buffer | undefined {
  const frame = decodeServerFrame(reply);
  if (frame.kind === 'eviction') return undefined;
  const outcome = replyOutcome(frame.header, frame.body);
  return outcome.ok ? outcome.payload : undefined;
}

function recordsOf(records: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < records.length;) {
    const end = at + Number(records.readBigUInt64LE(at + BATCH_LENGTH_AT));
    found.push(records.subarray(at, end));
    at = end;
  }
  return found;
}
