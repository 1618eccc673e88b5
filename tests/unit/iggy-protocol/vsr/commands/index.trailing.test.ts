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
});
