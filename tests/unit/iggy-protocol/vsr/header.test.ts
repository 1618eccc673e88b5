import { describe, expect, test } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import {
  decodeRequest,
  decodeServerFrame,
  encodeEviction,
  encodeReply,
  encodeRequest,
} from '../../../../src/iggy-protocol/vsr/frame.ts';
import {
  HEADER_BYTES,
  type RequestHeader,
  SIZE_AT,
} from '../../../../src/iggy-protocol/vsr/header.ts';
import { evictionCode } from '../../../../src/iggy-protocol/vsr/operations.ts';
import { fromHex, loadVectors, toFields, type Vector } from '../../../support/vectors.ts';
import { decodeEviction, decodeReply } from '../support/frames.ts';

const frames = loadVectors<Vector>('vsr-0.11', 'frames');
const captured = loadVectors<Vector>('vsr-0.11', 'frames-captured');
const requests = frames.filter(({ name }) => name.startsWith('request:'));
const replies = frames.filter(({ name }) => name.startsWith('reply:'));
const evictions = frames.filter(({ name }) => name.startsWith('eviction'));

describe('frames of the released Rust crate', () => {
  test.each([...requests, ...captured])('$name is read and written alike', ({ hex, fields }) => {
    const { clientHex, command: _, size, ...expected } = fields;
    const frame = fromHex(hex);
    const { header, body } = decodeRequest(frame);
    expect(toFields(header)).toEqual(expected);
    expect(frame.subarray(128, 144).toString('hex')).toBe(clientHex);
    expect(body).toHaveLength(Number(size) - HEADER_BYTES);
    expect(encodeRequest(header, body).toString('hex')).toBe(hex);
  });

  test.each(replies)('$name is read and written alike', ({ hex, fields }) => {
    const { command: _command, outcome: _outcome, size, ...expected } = fields;
    const { header, body } = decodeReply(hex);
    expect(toFields(header)).toEqual(expected);
    expect(body).toHaveLength(Number(size) - HEADER_BYTES);
    expect(encodeReply(header, body).toString('hex')).toBe(hex);
  });

  test.each(evictions)('$name is read and written alike, and means the same', (vector) => {
    const { error, max = 0, min = 0, cluster = '0', view = 0, ...rest } = vector.fields;
    const { header, ...others } = decodeEviction(vector.hex);
    expect(others).toEqual({ kind: 'eviction' });
    expect(toFields(header)).toEqual({
      ...rest,
      cluster,
      view,
      server_protocol_version: max,
      server_protocol_version_min: min,
    });
    expect(evictionCode(header.reason, header)).toBe(error);
    expect(encodeEviction(header).toString('hex')).toBe(vector.hex);
  });

  test('all ran', () => {
    expect([requests.length, replies.length, evictions.length]).toEqual([27, 27, 12]);
    expect(frames).toHaveLength(27 + 27 + 12);
    expect(captured).toHaveLength(31);
  });
});

const LOGOUT: RequestHeader = {
  client: 1n,
  requestChecksum: 0n,
  timestamp: 0n,
  request: 1n,
  operation: 3,
  session: 1n,
  userId: 0,
  code: null,
};

describe('a header', () => {
  test('is read whatever its reserved bytes hold', () => {
    const frame = encodeRequest(LOGOUT, Buffer.alloc(0));
    for (const at of [0, 16, 56, 62, 127, 177, 183, 196, 255]) frame[at] = 0xff;
    expect(decodeRequest(frame).header).toEqual(LOGOUT);
  });

  test('names a command code exactly when its operation is NonReplicated', () => {
    const none = Buffer.alloc(0);
    expect(() => encodeRequest({ ...LOGOUT, code: 39 }, none)).toThrow(WireError);
    expect(() => encodeRequest({ ...LOGOUT, operation: 2 }, none)).toThrow(WireError);
  });

  test('holds the largest values of its fields, and refuses larger ones', () => {
    const u64 = 2n ** 64n - 1n;
    const u128 = 2n ** 128n - 1n;
    const largest = {
      client: u128,
      requestChecksum: u128,
      timestamp: u64,
      request: u64,
      operation: 2,
      session: u64,
      userId: 0xffff_ffff,
      code: 0xffff_ffff,
    };
    const none = Buffer.alloc(0);
    expect(decodeRequest(encodeRequest(largest, none)).header).toEqual(largest);
    expect(() => encodeRequest({ ...LOGOUT, client: u128 + 1n }, none)).toThrow(WireError);
    expect(() => encodeRequest({ ...LOGOUT, request: u64 + 1n }, none)).toThrow(WireError);
    expect(() => encodeRequest({ ...LOGOUT, operation: 256 }, none)).toThrow(WireError);
  });

  test.each([0, 4, 8, 13, 200])('of command %i is no request', (command) => {
    const frame = encodeRequest(LOGOUT, Buffer.alloc(0));
    frame[60] = command;
    expect(() => decodeRequest(frame)).toThrow(WireError);
  });

  test.each([0, 5, 29, 200])('of command %i is not from a server', (command) => {
    const frame = encodeRequest(LOGOUT, Buffer.alloc(0));
    frame[60] = command;
    expect(() => decodeServerFrame(frame)).toThrow(WireError);
  });

  test.each<[string, (frame: Buffer) => Buffer]>([
    ['with a body', (frame) => Buffer.concat([frame, Buffer.alloc(1)])],
    ['of nobody', (frame) => frame.fill(0, 128, 144)],
    ['with reserved bytes in use', (frame) => frame.fill(1, 254, 255)],
  ])('of an eviction %s is refused, for it may be garbage', (_, spoil) => {
    const versions = { serverProtocolVersion: 0, serverProtocolVersionMin: 0 };
    const frame = spoil(encodeEviction({ client: 1n, reason: 1, ...versions }));
    frame.writeUInt32LE(frame.length, SIZE_AT);
    expect(() => decodeServerFrame(frame)).toThrow(WireError);
  });

  test('that is cut off, or belongs to a frame of another size, is refused', () => {
    const frame = encodeRequest(LOGOUT, Buffer.from('body'));
    expect(() => decodeRequest(frame.subarray(0, 100))).toThrow(WireError);
    expect(() => decodeRequest(frame.subarray(0, -1))).toThrow(WireError);
    expect(() => decodeServerFrame(Buffer.alloc(0))).toThrow(WireError);
  });
});
