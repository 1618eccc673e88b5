import { expect, test } from 'vitest';

import { READS, WRITES } from '../../../src/iggy-broker/dispatch.ts';
import { RULES } from '../../../src/iggy-broker/permissions.ts';
import {
  type Command,
  commands,
  Operation,
  replyOutcome,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, serverFrame } from '../../support/broker-client.ts';
import { globally, onStream, onTopic } from '../../support/permissions.ts';
import type { InProcessClient } from '../../support/start-broker.ts';
import { newUser, PASSWORD, WithUsers } from './support/with-users.ts';

const refused = (code: number) => ({ ok: false, code });

/** A request that does what it says, or at least is about something that exists. */
interface Try {
  readonly name: string;
  frame(client: InProcessClient): Buffer;
}

function attempt<Request>(command: Command<Request, unknown>, request: Request): Try {
  return { name: command.name, frame: ({ identity }) => identity.frame(command, request) };
}

const S = { stream: named('s') };
const T = { ...S, topic: named('t') };
const GROUP = { ...T, group: named('g') };
const CONSUMER = { kind: 'consumer', id: named('c') } as const;
const OFFSET = { ...T, consumer: CONSUMER, partition: 0 };
const USER = { user: numbered(0) };
const POLL = {
  ...OFFSET,
  strategy: { kind: 'first', value: 0n },
  count: 1,
  autoCommit: true,
} as const;

const TRIES: readonly Try[] = [
  attempt(commands.getStats, {}),
  attempt(commands.getSnapshot, { compression: 1, types: [100] }),
  attempt(commands.getClient, { clientId: 1 }),
  attempt(commands.getClients, {}),
  attempt(commands.getUsers, {}),
  attempt(commands.getUser, USER),
  attempt(commands.createUser, newUser('eve')),
  attempt(commands.updateUser, { ...USER, username: 'eve', status: 2, options: [] }),
  attempt(commands.deleteUser, USER),
  attempt(commands.updatePermissions, { ...USER, permissions: null }),
  attempt(commands.changePassword, { ...USER, current: 'iggy', new: 'eve' }),
  attempt(commands.getStreams, {}),
  attempt(commands.getStream, S),
  attempt(commands.createStream, { name: 's2', options: [] }),
  attempt(commands.updateStream, { ...S, name: 's2', options: [] }),
  attempt(commands.deleteStream, S),
  attempt(commands.purgeStream, S),
  attempt(commands.getTopics, S),
  attempt(commands.getTopic, T),
  attempt(commands.createTopic, { ...S, name: 't2', partitionsCount: 1, options: [] }),
  attempt(commands.updateTopic, { ...T, name: 't2', options: [] }),
  attempt(commands.deleteTopic, T),
  attempt(commands.purgeTopic, T),
  attempt(commands.createPartitions, { ...T, count: 1 }),
  attempt(commands.deletePartitions, { ...T, count: 1 }),
  attempt(commands.deleteSegments, { ...T, partition: 0, segments: 1 }),
  attempt(commands.getConsumerGroup, GROUP),
  attempt(commands.getConsumerGroups, T),
  attempt(commands.syncConsumerGroup, GROUP),
  attempt(commands.createConsumerGroup, { ...T, name: 'g2' }),
  attempt(commands.deleteConsumerGroup, GROUP),
  attempt(commands.joinConsumerGroup, GROUP),
  attempt(commands.leaveConsumerGroup, GROUP),
  attempt(commands.pollMessages, POLL),
  attempt(commands.getConsumerOffset, OFFSET),
  attempt(commands.storeConsumerOffset, { ...OFFSET, offset: 0n, ack: 1 }),
  attempt(commands.deleteConsumerOffset, { ...OFFSET, ack: 1 }),
  attempt(commands.sendMessages, {
    ...T,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: 1,
    batch: batchOf('x'),
  }),
];

function withTopic(): WithUsers {
  const users = new WithUsers();
  users.root.done(commands.createStream, { name: 's', options: [] });
  users.root.done(commands.createTopic, { ...S, name: 't', partitionsCount: 1, options: [] });
  return users;
}

function outcomeOf(client: InProcessClient, { frame }: Try): { code: number; status: number } {
  const reply = serverFrame(client.answer(frame(client)));
  if (reply.kind === 'eviction') throw new Error(`evicted for ${reply.header.reason}`);
  const outcome = replyOutcome(reply.header, reply.body);
  return { code: outcome.ok ? 0 : outcome.code, status: reply.header.status };
}

test('whoever has no right gets nothing done and nothing told, command by command', () => {
  const users = withTopic();
  users.create('ada', globally({}, [onStream(9, { manageStream: true })]));
  const ada = users.client('ada');
  const served = [...READS.values(), ...WRITES.values()];
  const needRights = served.filter(({ name }) => RULES[name]?.kind === 'rights');
  expect(needRights.length).toBeGreaterThan(25);
  for (const { name, operation } of needRights) {
    const tried = TRIES.find((it) => it.name === name);
    if (tried === undefined) throw new Error(`nobody tries ${name}`);
    const isMetadata = operation >= Operation.CreateStream && operation < Operation.SendMessages;
    const code = STATUS.Unauthorized;
    // Metadata operations tell their outcome, also this one, in the result section.
    expect({ name, ...outcomeOf(ada, tried) }).toEqual({
      name,
      code,
      status: isMetadata ? 0 : code,
    });
    expect(outcomeOf(users.root, tried).code, name).not.toBe(code);
    // Root may have deleted it.
    users.root.call(commands.createStream, { name: 's', options: [] });
    users.root.call(commands.createTopic, { ...S, name: 't', partitionsCount: 1, options: [] });
  }
});

test('what does not exist is told to everybody, except which users there are', () => {
  const users = new WithUsers();
  users.create('ada');
  const ada = users.client('ada');
  expect(ada.done(commands.getStream, S)).toBeNull();
  expect(ada.done(commands.getTopic, T)).toBeNull();
  expect(ada.call(commands.deleteStream, S)).toEqual(refused(STATUS.StreamIdNotFound));
  expect(ada.call(commands.pollMessages, POLL)).toEqual(refused(STATUS.StreamIdNotFound));
  expect(ada.done(commands.getUser, { user: named('eve') })).toBeNull();
  expect(ada.call(commands.deleteUser, { user: named('eve') })).toEqual(
    refused(STATUS.Unauthorized),
  );
});

test('rights follow the ids of what they were given over, at once', () => {
  const users = withTopic();
  users.create(
    'ada',
    globally({}, [onStream(0, { topics: [onTopic(0, { pollMessages: true })] })]),
  );
  const ada = users.client('ada');
  const poll = () => ada.call(commands.pollMessages, POLL).ok;
  expect(poll()).toBe(true);
  expect(ada.call(commands.getTopic, T)).toEqual(refused(STATUS.Unauthorized));
  users.root.done(commands.updatePermissions, { user: named('ada'), permissions: null });
  expect(poll()).toBe(false);
  const permissions = globally({ readTopics: true });
  users.root.done(commands.updatePermissions, { user: named('ada'), permissions });
  expect(poll()).toBe(true);
});

test('a session outlives its user without any right, also those of the next one with its id', () => {
  const users = new WithUsers();
  const all = globally({ manageStreams: true, manageUsers: true });
  const { id } = users.create('ada', all).user;
  const ada = users.client('ada');
  users.root.done(commands.deleteUser, { user: named('ada') });
  expect(users.create('eve', all).user.id).toBe(id);

  for (const tried of TRIES.filter(({ name }) => ['get_streams', 'create_stream'].includes(name))) {
    expect(outcomeOf(ada, tried).code).toBe(STATUS.Unauthorized);
  }
  const token = { name: 'later', expiry: 0n };
  expect(ada.call(commands.createPersonalAccessToken, token)).toEqual(refused(STATUS.Unauthorized));
  expect(ada.call(commands.getUser, { user: numbered(id) })).toEqual(refused(STATUS.Unauthorized));
  expect(ada.call(commands.getMe, {}).ok).toBe(true);
});

test('a session outlives the deactivation of its user with its rights', () => {
  const users = new WithUsers();
  users.create('ada', globally({ readStreams: true }));
  const ada = users.client('ada', PASSWORD);
  const update = { user: named('ada'), username: null, status: 2, options: [] };
  users.root.done(commands.updateUser, update);
  expect(ada.call(commands.getStreams, {}).ok).toBe(true);
});
