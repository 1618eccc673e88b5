import { describe, expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../../support/broker-client.ts';
import { InProcessBroker } from '../../../support/start-broker.ts';
import {
  AS_GROUP,
  assigned,
  GROUP,
  groupWorld,
  joined,
  pollAs,
  storeAs,
  TOPIC,
} from '../support/group-world.ts';

const refused = (code: number) => ({ ok: false, code });

test('what is missing is told apart; to the reads a missing group is none', () => {
  const { admin } = groupWorld();
  const { createConsumerGroup, getConsumerGroup, getConsumerGroups, syncConsumerGroup } = commands;
  const changes = [
    commands.deleteConsumerGroup,
    commands.joinConsumerGroup,
    commands.leaveConsumerGroup,
  ];
  for (const [change, code] of [
    [{ stream: named('none') }, STATUS.StreamIdNotFound],
    [{ topic: numbered(7) }, STATUS.TopicIdNotFound],
  ] as const) {
    const target = { ...GROUP, ...change };
    for (const command of [...changes, getConsumerGroup, syncConsumerGroup]) {
      expect(admin.call<typeof target, unknown>(command, target)).toEqual(refused(code));
    }
    expect(admin.call(getConsumerGroups, target)).toEqual(refused(code));
    expect(admin.call(createConsumerGroup, { ...target, name: 'h' })).toEqual(refused(code));
  }
  const missing = { ...TOPIC, group: named('0') };
  for (const command of changes) {
    expect(admin.call(command, missing)).toEqual(refused(STATUS.ConsumerGroupIdNotFound));
  }
  expect(admin.done(getConsumerGroup, missing)).toBeNull();
  expect(admin.done(syncConsumerGroup, missing)).toBeNull();
  const again = { ...TOPIC, name: 'g' };
  expect(admin.call(createConsumerGroup, again)).toEqual(
    refused(STATUS.ConsumerGroupNameAlreadyExists),
  );
});

describe('who does not own the partition', () => {
  test('is told why when it writes, and to ask again when it polls', () => {
    const { admin, member } = groupWorld();
    const [first] = [member(), member()];
    const none = { kind: 'consumer_group', id: named('none') } as const;
    for (const [client, consumer, partition, code] of [
      [first, AS_GROUP, null, STATUS.InvalidIdentifier],
      [first, none, 0, STATUS.ConsumerGroupIdNotFound],
      [admin, AS_GROUP, 0, STATUS.ConsumerGroupMemberNotFound],
      [first, AS_GROUP, 1, STATUS.ConsumerGroupPartitionNotOwned],
      [first, AS_GROUP, 2, STATUS.ConsumerGroupPartitionNotOwned],
    ] as const) {
      expect(storeAs(client, partition, consumer)).toEqual(refused(code));
      const forget = { ...TOPIC, consumer, partition, ack: 1 } as const;
      expect(client.call(commands.deleteConsumerOffset, forget)).toEqual(refused(code));
      expect(pollAs(client, partition, { consumer })).toMatchObject(
        partition === null
          ? refused(STATUS.InvalidIdentifier)
          : { value: { partition: 0xffff_ffff, currentOffset: 0n, messagesCount: 0 } },
      );
    }
    expect(storeAs(first, 0).ok).toBe(true);
  });

  test('a plain consumer of the same number has an offset of its own', () => {
    const { admin, member } = groupWorld();
    expect(pollAs(member(), 0, { autoCommit: true })).toMatchObject({
      value: { messagesCount: 2 },
    });
    const stored = (kind: 'consumer' | 'consumer_group') =>
      admin.done(commands.getConsumerOffset, {
        ...TOPIC,
        consumer: { kind, id: numbered(0) },
        partition: 0,
      });
    expect(stored('consumer_group')).toEqual({ partition: 0, currentOffset: 2n, storedOffset: 1n });
    expect(stored('consumer')).toBeNull();
  });
});

test('groups are listed, counted, and told to their members', () => {
  const { broker, admin, member } = groupWorld();
  admin.done(commands.createConsumerGroup, { ...TOPIC, name: 'h' });
  const client = member();
  client.done(commands.joinConsumerGroup, { ...TOPIC, group: named('h') });
  const { groups } = admin.done(commands.getConsumerGroups, TOPIC);
  expect(groups).toEqual([
    { id: 0, partitionsCount: 2, membersCount: 1, name: 'g' },
    { id: 1, partitionsCount: 2, membersCount: 1, name: 'h' },
  ]);
  const memberships = [0, 1].map((groupId) => ({ streamId: 0, topicId: 0, groupId }));
  const details = { client: { consumerGroupsCount: 2 }, consumerGroups: memberships };
  expect(client.done(commands.getMe, {})).toMatchObject(details);
  expect(admin.done(commands.getClient, { clientId: client.id })).toMatchObject(details);
  const { clients } = admin.done(commands.getClients, {});
  expect(clients.map(({ consumerGroupsCount }) => consumerGroupsCount)).toEqual([0, 2]);
  expect(admin.done(commands.getStats, {}).consumerGroupsCount).toBe(2);
  broker.core.disconnect(client.id);
  expect(admin.done(commands.getConsumerGroup, GROUP)?.members).toEqual([]);
});

describe('limits', () => {
  test('so many groups, and not one more, in a topic', () => {
    const { admin } = groupWorld({ limits: { groupsPerTopicMax: 2 } });
    const create = (name: string) => admin.call(commands.createConsumerGroup, { ...TOPIC, name });
    expect(create('h').ok).toBe(true);
    expect(create('i')).toEqual(refused(STATUS.FeatureUnavailable));
    admin.done(commands.deleteConsumerGroup, GROUP);
    expect(create('i')).toMatchObject({ value: { group: { id: 2 } } });
  });

  test('so many members, and not one more, in a group', () => {
    const { broker, member } = groupWorld({ limits: { membersPerGroupMax: 2 } });
    const [first] = [member(), member()];
    const third = broker.client();
    const join = () => third.call(commands.joinConsumerGroup, GROUP);
    expect(join()).toEqual(refused(STATUS.FeatureUnavailable));
    expect(assigned(third)).toBeNull();
    joined(first);
    first.done(commands.leaveConsumerGroup, GROUP);
    expect(join().ok).toBe(true);
  });

  test('so many groups, and not one more, with an offset in a partition; consumers are counted apart', () => {
    const { admin, member } = groupWorld({ limits: { consumerOffsetsMax: 1 } });
    const client = member();
    expect(storeAs(client, 0).ok).toBe(true);
    expect(storeAs(client, 0, { kind: 'consumer', id: numbered(5) }).ok).toBe(true);
    admin.done(commands.createConsumerGroup, { ...TOPIC, name: 'h' });
    client.done(commands.joinConsumerGroup, { ...TOPIC, group: named('h') });
    const consumer = { kind: 'consumer_group', id: named('h') } as const;
    expect(storeAs(client, 0, consumer)).toEqual(refused(STATUS.TooManyConsumerOffsets));
    expect(pollAs(client, 0, { consumer, autoCommit: true })).toEqual(
      refused(STATUS.TooManyConsumerOffsets),
    );
    admin.done(commands.deleteConsumerGroup, GROUP);
    expect(storeAs(client, 0, consumer).ok).toBe(true);
  });
});

test('groups and their offsets outlive a restart, members do not, and no id is used twice', () => {
  const { broker, admin, member } = groupWorld();
  storeAs(member(), 1);
  admin.done(commands.createConsumerGroup, { ...TOPIC, name: 'gone' });
  admin.done(commands.deleteConsumerGroup, { ...TOPIC, group: named('gone') });

  const restarted = new InProcessBroker({ storage: broker.storage });
  const client = restarted.client(7n);
  const details = client.done(commands.getConsumerGroup, GROUP);
  expect(details).toEqual({
    group: { id: 0, partitionsCount: 2, membersCount: 0, name: 'g' },
    members: [],
  });
  expect(pollAs(joined(client), 1)).toMatchObject({ value: { messagesCount: 1 } });
  const created = client.done(commands.createConsumerGroup, { ...TOPIC, name: 'new' });
  expect(created.group.id).toBe(2);
});

test.each([
  [
    'topic',
    (world: ReturnType<typeof groupWorld>) => world.admin.done(commands.deleteTopic, TOPIC),
  ],
  [
    'stream',
    (world: ReturnType<typeof groupWorld>) =>
      world.admin.done(commands.deleteStream, { stream: TOPIC.stream }),
  ],
])('with its %s a group goes, its members and its stored name too', (_, remove) => {
  const world = groupWorld();
  const client = world.member();
  remove(world);
  expect(client.done(commands.getMe, {}).consumerGroups).toEqual([]);
  expect(world.broker.storage.load()).toMatchObject({ groups: [], nextGroups: [] });
  world.broker.core.disconnect(client.id);
  expect(world.admin.call(commands.ping, {}).ok).toBe(true);
});

test('what only a group has not got past is kept, though it has expired', () => {
  const { broker, admin } = groupWorld();
  const topic = { stream: TOPIC.stream, name: 'short', partitionsCount: 1 };
  const value = Buffer.from('1s');
  admin.done(commands.createTopic, {
    ...topic,
    options: [{ key: 'message_expiry', kind: 2, value }],
  });
  const target = { stream: TOPIC.stream, topic: named('short') };
  for (const payload of ['a', 'b']) {
    admin.done(commands.sendMessages, {
      ...target,
      partitioning: { kind: 'partition_id', value: 0 },
      messagesCount: 1,
      batch: batchOf(payload),
    });
  }
  admin.done(commands.createConsumerGroup, { ...target, name: 'g' });
  admin.done(commands.joinConsumerGroup, { ...target, group: named('g') });
  const stored = { ...target, consumer: AS_GROUP, partition: 0, offset: 0n, ack: 1 } as const;
  admin.done(commands.storeConsumerOffset, stored);
  broker.nowMicros += 10_000_000n;
  while (broker.core.sweep());
  const kept = () => admin.done(commands.getTopic, target)?.topic.messagesCount;
  expect(kept()).toBe(1n);
  admin.done(commands.storeConsumerOffset, { ...stored, offset: 1n });
  while (broker.core.sweep());
  expect(kept()).toBe(0n);
});
