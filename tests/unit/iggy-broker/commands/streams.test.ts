import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../../support/broker-client.ts';
import { InProcessBroker } from '../../../support/start-broker.ts';

const OPTION = { key: 'anything', kind: 2, value: Buffer.from('x') };

const refused = (code: number) => ({ ok: false, code });

test('a stream is created, found by number and by name, listed, renamed and deleted', () => {
  const broker = new InProcessBroker();
  const client = broker.client();
  const empty = { topicsCount: 0, sizeBytes: 0n, messagesCount: 0n, options: [] };
  const created = { ...empty, id: 0, name: 'orders', createdAt: broker.nowMicros };

  expect(client.done(commands.createStream, { name: 'orders', options: [] })).toEqual(created);
  for (const stream of [named('orders'), numbered(0)]) {
    expect(client.done(commands.getStream, { stream })).toEqual({ stream: created, topics: [] });
  }
  client.done(commands.updateStream, { stream: named('orders'), name: 'sales', options: [] });
  expect(client.done(commands.getStreams, {})).toEqual({
    streams: [{ ...created, name: 'sales' }],
  });
  expect(client.done(commands.getStream, { stream: named('orders') })).toBeNull();
  client.done(commands.deleteStream, { stream: numbered(0) });
  expect(client.done(commands.getStreams, {})).toEqual({ streams: [] });
});

test('a name of digits is a name, and names differ by case', () => {
  const client = new InProcessBroker().client();
  for (const name of ['7', 'a', 'A']) client.done(commands.createStream, { name, options: [] });
  expect(client.done(commands.getStream, { stream: named('7') })?.stream.id).toBe(0);
  expect(client.done(commands.getStream, { stream: numbered(7) })).toBeNull();
});

test('the lowest free number is used again, and lists are in their order', () => {
  const client = new InProcessBroker().client();
  for (const name of ['a', 'b', 'c']) client.done(commands.createStream, { name, options: [] });
  client.done(commands.deleteStream, { stream: named('c') });
  client.done(commands.deleteStream, { stream: named('a') });
  expect(client.done(commands.createStream, { name: 'd', options: [] }).id).toBe(0);
  expect(client.done(commands.createStream, { name: 'e', options: [] }).id).toBe(2);
  const { streams } = client.done(commands.getStreams, {});
  expect(streams.map(({ id, name }) => `${id} ${name}`)).toEqual(['0 d', '1 b', '2 e']);
});

test('what cannot be done is refused with its code', () => {
  const client = new InProcessBroker({ limits: { streamsMax: 2 } }).client();
  client.done(commands.createStream, { name: 'a', options: [] });
  client.done(commands.createStream, { name: 'b', options: [] });
  const create = (name: string, options = [OPTION]) =>
    client.call(commands.createStream, { name, options });
  const update = (stream: string, name: string, options = [OPTION]) =>
    client.call(commands.updateStream, { stream: named(stream), name, options });

  expect(create('a', [])).toEqual(refused(STATUS.StreamNameAlreadyExists));
  expect(create('c', [])).toEqual(refused(STATUS.TooManyStreams));
  expect(create('c')).toEqual(refused(STATUS.UnsupportedOptionKey));
  expect(update('a', 'b', [])).toEqual(refused(STATUS.StreamNameAlreadyExists));
  expect(update('none', 'c', [])).toEqual(refused(STATUS.StreamIdNotFound));
  expect(update('a', 'c')).toEqual(refused(STATUS.UnsupportedOptionKey));
  expect(update('a', 'a', []).ok).toBe(true);
  for (const command of [commands.deleteStream, commands.purgeStream]) {
    expect(client.call(command, { stream: named('none') })).toEqual(
      refused(STATUS.StreamIdNotFound),
    );
  }
});

test('bytes after the name of what is to be deleted are tolerated; elsewhere they are options', () => {
  const client = new InProcessBroker().client();
  client.done(commands.createStream, { name: 'a', options: [] });
  const trailing = Buffer.from([2, 1, 0x61, 0, 0, 0, 0]);
  const answer = client.answer(client.identity.rawFrame(commands.deleteStream, trailing));
  expect(answer?.readUInt32LE(216)).toBe(0);
  const create = client.answer(
    client.identity.rawFrame(commands.createStream, Buffer.from([1, 0x61, 0])),
  );
  expect(create?.readUInt32LE(216)).toBe(STATUS.InvalidCommand);
});

test('purging a stream empties every partition of every topic and keeps them', () => {
  const client = new InProcessBroker().client();
  client.done(commands.createStream, { name: 's', options: [] });
  for (const name of ['t', 'u']) {
    const stream = named('s');
    client.done(commands.createTopic, { stream, name, partitionsCount: 2, options: [] });
    client.done(commands.sendMessages, {
      stream,
      topic: named(name),
      partitioning: { kind: 'partition_id', value: 1 },
      messagesCount: 2,
      batch: batchOf('a', 'b'),
    });
  }
  expect(client.done(commands.getStream, { stream: named('s') })?.stream).toMatchObject({
    topicsCount: 2,
    messagesCount: 4n,
    sizeBytes: BigInt(2 * batchOf('a', 'b').length),
  });
  client.done(commands.purgeStream, { stream: named('s') });
  expect(client.done(commands.getStream, { stream: named('s') })).toMatchObject({
    stream: { topicsCount: 2, messagesCount: 0n, sizeBytes: 0n },
    topics: [{ partitionsCount: 2 }, { partitionsCount: 2 }],
  });
});
