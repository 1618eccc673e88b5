import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named } from '../../../support/broker-client.ts';
import { InProcessBroker } from '../../../support/start-broker.ts';

test('the cluster is exactly one healthy leader, at the address the client came to', () => {
  const client = new InProcessBroker().client();
  expect(client.done(commands.getClusterMetadata, {})).toEqual({
    name: 'single-node',
    nodes: [
      {
        name: 'iggy-node',
        ip: '127.0.0.1',
        tcp: 8090,
        quic: 0,
        http: 0,
        websocket: 0,
        role: 0,
        status: 0,
      },
    ],
  });
});

test('every connection is told of, logged in or not, under a number of its own', () => {
  const broker = new InProcessBroker();
  const client = broker.client();
  const stranger = broker.connect();
  const view = (id: number, userId: number) => ({
    clientId: id,
    userId,
    transport: 1,
    address: `127.0.0.1:${50_000 + id}`,
    consumerGroupsCount: 0,
  });
  const me = { client: view(client.id, 0), consumerGroups: [] };

  expect(client.done(commands.getMe, {})).toEqual(me);
  expect(client.done(commands.getClients, {}).clients).toEqual([
    view(client.id, 0),
    view(stranger.id, 0xffff_ffff),
  ]);
  expect(client.done(commands.getClient, { clientId: client.id })).toEqual(me);
  expect(client.done(commands.getClient, { clientId: 999 })).toBeNull();
  client.done(commands.logout, {});
  client.logIn();
  expect(client.done(commands.getMe, {})).toEqual(me);
  broker.core.disconnect(stranger.id);
  expect(client.done(commands.getClients, {}).clients).toHaveLength(1);
});

test('stats add up what is there', () => {
  const broker = new InProcessBroker();
  const client = broker.client();
  const stream = named('s');
  const batch = batchOf('a', 'b');
  client.done(commands.createStream, { name: 's', options: [] });
  client.done(commands.createStream, { name: 'other', options: [] });
  for (const name of ['t', 'u']) {
    client.done(commands.createTopic, { stream, name, partitionsCount: 2, options: [] });
    client.done(commands.sendMessages, {
      stream,
      topic: named(name),
      partitioning: { kind: 'balanced' },
      messagesCount: 2,
      batch,
    });
  }
  broker.nowMicros += 5n;
  const totals = {
    streamsCount: 2,
    topicsCount: 2,
    partitionsCount: 4,
    segmentsCount: 4,
    messagesCount: 4n,
    messagesSizeBytes: BigInt(2 * batch.length),
  };
  expect(client.done(commands.getStats, {})).toMatchObject({
    ...totals,
    clientsCount: 1,
    consumerGroupsCount: 0,
    runTime: 5n,
    startTime: broker.nowMicros - 5n,
    hostname: 'test',
    serverVersion: '0.9.0',
    serverSemver: 9000,
  });
  client.done(commands.deleteTopic, { stream, topic: named('t') });
  expect(client.done(commands.getStats, {})).toMatchObject({
    partitionsCount: 2,
    messagesCount: 2n,
  });
  client.done(commands.deleteStream, { stream });
  expect(client.done(commands.getStats, {})).toMatchObject({
    partitionsCount: 0,
    messagesCount: 0n,
  });
});

test('topics have nine options, streams and users none', () => {
  const client = new InProcessBroker().client();
  const { entries } = client.done(commands.describeOptions, { scope: 1 });
  expect(entries.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
    'compression_algorithm 2',
    'message_expiry 12',
    'max_topic_size 12',
    'segment_size 12',
    'durability 2',
    'consumer_offset_durability 2',
    'messages_required_to_save 11',
    'size_of_messages_required_to_save 12',
    'preallocate_segments 3',
  ]);
  for (const scope of [2, 3]) {
    expect(client.done(commands.describeOptions, { scope })).toEqual({ entries: [] });
  }
  const unknown = client.identity.rawFrame(commands.describeOptions, Buffer.from([4]));
  expect(client.answer(unknown)?.readUInt32LE(216)).toBe(STATUS.InvalidCommand);
});
