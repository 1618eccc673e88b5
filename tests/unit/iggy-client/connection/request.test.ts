import { expect, test } from 'vitest';

import { Identity } from '../../../../src/iggy-client/connection/identity.ts';
import { encodeCommand, encodeFrame } from '../../../../src/iggy-client/connection/request.ts';
import {
  commands,
  decodeRequest,
  EMPTY,
  WireError,
  xxh3,
} from '../../../../src/iggy-protocol/index.ts';

const target = {
  stream: { kind: 'string', value: 's' },
  topic: { kind: 'string', value: 't' },
} as const;

test('a request that is replicated travels under its operation, any other under its code', () => {
  const identity = new Identity(9n);
  const create = encodeFrame(
    encodeCommand(commands.createStream, { name: 's', options: [] }),
    identity,
    77n,
  );
  const read = encodeFrame(encodeCommand(commands.getStreams, EMPTY), identity, 77n);
  expect(decodeRequest(create.bytes).header).toMatchObject({
    client: 9n,
    request: 1n,
    operation: 128,
    session: 77n,
    code: null,
  });
  expect(decodeRequest(read.bytes).header).toMatchObject({ request: 2n, operation: 2, code: 201 });
});

test('metadata, login and logout carry the checksum of their body, sends and reads do not', () => {
  const checksums = [
    encodeCommand(commands.deleteTopic, target),
    encodeCommand(commands.deleteSegments, { ...target, partition: 0, segments: 1 }),
    encodeCommand(commands.logout, EMPTY),
    encodeCommand(commands.getTopic, target),
    encodeCommand(commands.sendMessages, {
      ...target,
      partitioning: { kind: 'balanced' },
      messagesCount: 1,
      batch: Buffer.alloc(300),
    }),
  ].map((request) => {
    const { bytes } = encodeFrame(request, new Identity(9n), 77n);
    const { header, body } = decodeRequest(bytes);
    return header.requestChecksum === 0n ? 'none' : header.requestChecksum === xxh3(body);
  });
  expect(checksums).toEqual([true, true, true, 'none', 'none']);
});

test('a value that does not fit is refused before a number is spent on it', () => {
  const name = 'n'.repeat(256);
  expect(() => encodeCommand(commands.createStream, { name, options: [] })).toThrow(WireError);
});
