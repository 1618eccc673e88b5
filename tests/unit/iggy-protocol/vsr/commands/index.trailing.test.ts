import { expect, test } from 'vitest';

import {
  commands,
  decodeBody,
  encodeBody,
  type Identifier,
  WireError,
} from '../../../../../src/iggy-protocol/index.ts';

const stream: Identifier = { kind: 'string', value: 'orders' };
const topic: Identifier = { kind: 'numeric', value: 7 };

function withTrailing(body: Buffer): Buffer {
  return Buffer.concat([body, Buffer.of(1, 0, 0, 0)]);
}

test.each([commands.getTopic, commands.deleteTopic, commands.purgeTopic])(
  '$name is read with bytes to spare, such as the Node SDK appends',
  ({ request }) => {
    const body = withTrailing(encodeBody(request, { stream, topic }));
    expect(decodeBody(request, body)).toEqual({ stream, topic });
  },
);

test.each([commands.getStream, commands.deleteStream, commands.purgeStream])(
  '$name is read with bytes to spare',
  ({ request }) => {
    const body = withTrailing(encodeBody(request, { stream }));
    expect(decodeBody(request, body)).toEqual({ stream });
  },
);

test('what trails a command with options must be options', () => {
  const { request } = commands.createStream;
  const body = encodeBody(request, { name: 'orders', options: [] });
  expect(() => decodeBody(request, withTrailing(body))).toThrow(WireError);
});

test('a send is answered by nothing as by no confirmation', () => {
  const { response } = commands.sendMessages;
  expect(decodeBody(response, Buffer.alloc(0))).toEqual({ confirmations: [] });
  expect(decodeBody(response, Buffer.alloc(4))).toEqual({ confirmations: [] });
});

test('a flag of a request means "given" only if it is 1', () => {
  const { request } = commands.updateUser;
  const body = encodeBody(request, { user: topic, username: null, status: null, options: [] });
  body[body.length - 2] = 2;
  expect(decodeBody(request, body)).toMatchObject({ username: null, status: null });
});

test('a list is not written under a count that is not its own', () => {
  const group = { id: 0, partitionsCount: 1, membersCount: 1, name: 'g' };
  const { response } = commands.createConsumerGroup;
  expect(() => encodeBody(response, { group, members: [] })).toThrow(WireError);
  const sizes = { createdAt: 0n, sizeBytes: 0n, messagesCount: 0n };
  const wrongStream = { ...sizes, id: 1, name: 's', topicsCount: 1, options: [] };
  const wrongTopic = {
    ...sizes,
    id: 1,
    name: 't',
    partitionsCount: 1,
    messageExpiry: 0n,
    compressionAlgorithm: 1,
    maxTopicSize: 0n,
    explicitOptions: [],
    derivedOptions: [],
  };
  const wrongClient = {
    clientId: 1,
    userId: 1,
    transport: 1,
    address: '192.0.2.1:1',
    consumerGroupsCount: 1,
  };
  const written = [
    () => encodeBody(commands.getStream.response, { stream: wrongStream, topics: [] }),
    () => encodeBody(commands.getTopic.response, { topic: wrongTopic, partitions: [] }),
    () => encodeBody(commands.getMe.response, { client: wrongClient, consumerGroups: [] }),
  ];
  for (const write of written) expect(write).toThrow(WireError);
});

test.each([0, 4, 255])('options are described of topics, streams and users, not of %i', (scope) => {
  const { request } = commands.describeOptions;
  expect(() => decodeBody(request, Buffer.of(scope))).toThrow(WireError);
  expect(() => encodeBody(request, { scope })).toThrow(WireError);
});

test('where a user has no permissions, three bytes stand for them and belong to nothing else', () => {
  const { response } = commands.getUser;
  const user = { id: 1, createdAt: 0n, status: 1, username: 'u', options: [] };
  const body = encodeBody(response, { user, permissions: null });
  expect(body.subarray(-4)).toEqual(Buffer.alloc(4));
  expect(() => decodeBody(response, body.subarray(0, -1))).toThrow(WireError);
});
