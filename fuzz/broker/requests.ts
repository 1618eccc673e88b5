import {
  type Command,
  commands,
  EMPTY,
  encodeBatch,
  encodeBody,
  type Identifier,
  type Option,
  type Permissions,
  PROTOCOL_VERSION,
} from '../../src/iggy-protocol/index.ts';
import type { Dice } from '../simulation/dice.ts';

/** What `furnish` makes, and sessions talk about; the observer's stream is not among it. */
export const STREAMS = ['s0', 's1', 's2'] as const;
export const TOPICS = ['t0', 't1'] as const;
export const GROUPS = ['g0', 'g1'] as const;
export const USERS = ['user0', 'user1'] as const;
export const PASSWORD = 'secret';
const TOKENS = ['pat0', 'pat1'] as const;

export interface Speaker {
  readonly command: { readonly operation: number; readonly code: number };
  /** The body of a valid request. */
  readonly body: (dice: Dice) => Buffer;
}

const BIG = 2 ** 32 - 1;

const named = (value: string): Identifier => ({ kind: 'string', value });

/** Mostly by name; by number what is there, and what is not. */
function one(dice: Dice, names: readonly string[]): Identifier {
  if (dice.chance(0.8)) return named(dice.pick(names));
  return { kind: 'numeric', value: dice.pick([...names.keys(), BIG]) };
}

/** What is done away with or renamed is mostly the last one, or soon there would be nothing to talk about. */
const doomed = (dice: Dice, names: readonly string[]): Identifier =>
  dice.chance(0.95) ? named(names.at(-1) ?? '') : one(dice, names);

/** Often the same one, or what one request has made another would hardly find. */
const topic = (dice: Dice) =>
  dice.chance(0.5)
    ? { stream: named(STREAMS[0]), topic: named(TOPICS[0]) }
    : { stream: one(dice, STREAMS), topic: one(dice, TOPICS) };
const group = (dice: Dice) => ({ ...topic(dice), group: one(dice, GROUPS) });
// Root is spared: with another password it could not be logged in as any more.
const user = (dice: Dice) => ({ user: named(dice.pick(USERS)) });
const partition = (dice: Dice): number => dice.pick([0, 0, 0, 0, 1, 2, 9, BIG]);
const target = (dice: Dice) => ({
  ...topic(dice),
  consumer: dice.chance(0.7)
    ? ({ kind: 'consumer', id: { kind: 'numeric', value: dice.between(0, 1) } } as const)
    : ({ kind: 'consumer_group', id: one(dice, GROUPS) } as const),
  partition: dice.chance(0.15) ? null : partition(dice),
});
const poll = (dice: Dice) => ({
  ...target(dice),
  strategy: {
    kind: dice.pick(['offset', 'timestamp', 'first', 'last', 'next'] as const),
    value: dice.pick([0n, 1n, 5n, 2n ** 63n, 2n ** 64n - 1n]),
  },
  count: dice.pick([0, 1, 10, 1000, BIG]),
  autoCommit: dice.chance(0.5),
});

const text = (value: string) => ({ kind: 2, value: Buffer.from(value) });
const OPTIONS: readonly Option[] = [
  { key: 'message_expiry', ...text('1 s') },
  { key: 'max_topic_size', ...text('2 GB') },
  { key: 'segment_size', ...text('1 MiB') },
  { key: 'durability', ...text('persisted') },
  { key: 'colour', ...text('red') },
];
const options = (dice: Dice): Option[] =>
  dice.chance(0.5) ? [] : OPTIONS.filter(() => dice.chance(0.2));

function permissions(dice: Dice): Permissions | null {
  if (dice.chance(0.2)) return null;
  const bit = (): boolean => dice.chance(0.5);
  const messages = () => ({ pollMessages: bit(), sendMessages: bit() });
  const topics = Array.from({ length: dice.between(0, 2) }, (_, topicId) => ({
    topicId,
    manageTopic: bit(),
    readTopic: bit(),
    ...messages(),
  }));
  const ofTopics = () => ({ manageTopics: bit(), readTopics: bit(), ...messages() });
  return {
    global: {
      manageServers: bit(),
      readServers: bit(),
      manageUsers: bit(),
      readUsers: bit(),
      manageStreams: bit(),
      readStreams: bit(),
      ...ofTopics(),
    },
    streams: Array.from({ length: dice.between(0, 2) }, (_, streamId) => ({
      streamId,
      manageStream: bit(),
      readStream: bit(),
      ...ofTopics(),
      topics,
    })),
  };
}

function batch(dice: Dice): { messagesCount: number; batch: Buffer } {
  const messages = Array.from({ length: dice.pick([1, 2, 10]) }, () => ({
    id: BigInt(dice.between(0, BIG)),
    originTimestamp: BigInt(dice.between(0, BIG)),
    payload: dice.bytes(dice.pick([1, 5, 300])),
    userHeaders: dice.chance(0.3)
      ? Buffer.from('02010000006b020100000076', 'hex')
      : Buffer.alloc(0),
  }));
  return { messagesCount: messages.length, batch: encodeBatch(messages) };
}

const VERSION = { protocolVersion: PROTOCOL_VERSION, sdkName: 'fuzz', sdkVersion: '1' };

function speaker<Request>(
  command: Command<Request, unknown>,
  make: (dice: Dice) => Request,
): Speaker {
  return { command, body: (dice) => encodeBody(command.request, make(dice)) };
}

/** A valid request of every command there is; the type sees to it that none is left out. */
export const SPEAKERS: Readonly<Record<keyof typeof commands, Speaker>> = {
  ping: speaker(commands.ping, () => EMPTY),
  getStats: speaker(commands.getStats, () => EMPTY),
  getSnapshot: speaker(commands.getSnapshot, (dice) => ({
    compression: dice.between(1, 6),
    types: [dice.pick([1, 2, 3, 4, 5, 6, 100, 77])],
  })),
  getClusterMetadata: speaker(commands.getClusterMetadata, () => EMPTY),
  describeOptions: speaker(commands.describeOptions, (dice) => ({ scope: dice.between(1, 3) })),
  getMe: speaker(commands.getMe, () => EMPTY),
  getClient: speaker(commands.getClient, (dice) => ({ clientId: dice.pick([1, 2, BIG]) })),
  getClients: speaker(commands.getClients, () => EMPTY),
  login: speaker(commands.login, (dice) => ({
    ...VERSION,
    username: dice.pick([...USERS, 'iggy', 'nobody']),
    password: dice.pick([PASSWORD, 'iggy', 'wrong']),
    context: dice.pick([null, 'context']),
  })),
  loginWithPat: speaker(commands.loginWithPat, (dice) => ({
    ...VERSION,
    token: dice.bytes(48).toString('base64'),
    context: null,
  })),
  logout: speaker(commands.logout, () => EMPTY),
  getStream: speaker(commands.getStream, (dice) => ({ stream: one(dice, STREAMS) })),
  getStreams: speaker(commands.getStreams, () => EMPTY),
  createStream: speaker(commands.createStream, (dice) => ({
    name: dice.pick(STREAMS),
    options: [],
  })),
  updateStream: speaker(commands.updateStream, (dice) => ({
    stream: doomed(dice, STREAMS),
    name: dice.pick(STREAMS),
    options: options(dice),
  })),
  deleteStream: speaker(commands.deleteStream, (dice) => ({ stream: doomed(dice, STREAMS) })),
  purgeStream: speaker(commands.purgeStream, (dice) => ({ stream: one(dice, STREAMS) })),
  getTopic: speaker(commands.getTopic, topic),
  getTopics: speaker(commands.getTopics, (dice) => ({ stream: one(dice, STREAMS) })),
  createTopic: speaker(commands.createTopic, (dice) => ({
    stream: one(dice, STREAMS),
    name: dice.pick(TOPICS),
    partitionsCount: dice.pick([0, 1, 3, 1000, 1001, BIG]),
    options: options(dice),
  })),
  updateTopic: speaker(commands.updateTopic, (dice) => ({
    stream: one(dice, STREAMS),
    topic: doomed(dice, TOPICS),
    name: dice.pick(TOPICS),
    options: options(dice),
  })),
  deleteTopic: speaker(commands.deleteTopic, (dice) => ({
    stream: one(dice, STREAMS),
    topic: doomed(dice, TOPICS),
  })),
  purgeTopic: speaker(commands.purgeTopic, topic),
  createPartitions: speaker(commands.createPartitions, (dice) => ({
    ...topic(dice),
    count: dice.pick([0, 1, 3, BIG]),
  })),
  deletePartitions: speaker(commands.deletePartitions, (dice) => ({
    ...topic(dice),
    count: dice.pick([0, 1, 3, BIG]),
  })),
  deleteSegments: speaker(commands.deleteSegments, (dice) => ({
    ...topic(dice),
    partition: partition(dice),
    segments: dice.pick([0, 1, BIG]),
  })),
  sendMessages: speaker(commands.sendMessages, (dice) => ({
    ...topic(dice),
    partitioning: dice.pick([
      { kind: 'balanced' },
      { kind: 'partition_id', value: partition(dice) },
      { kind: 'messages_key', value: Buffer.from('key') },
    ] as const),
    ...batch(dice),
  })),
  pollMessages: speaker(commands.pollMessages, poll),
  flushUnsavedBuffer: speaker(commands.flushUnsavedBuffer, (dice) => ({
    ...topic(dice),
    partition: partition(dice),
    fsync: dice.chance(0.5),
  })),
  getConsumerOffset: speaker(commands.getConsumerOffset, target),
  storeConsumerOffset: speaker(commands.storeConsumerOffset, (dice) => ({
    ...target(dice),
    offset: dice.pick([0n, 0n, 1n, 2n ** 64n - 1n]),
    ack: dice.pick([0, 1] as const),
  })),
  deleteConsumerOffset: speaker(commands.deleteConsumerOffset, (dice) => ({
    ...target(dice),
    ack: dice.pick([0, 1] as const),
  })),
  getConsumerGroup: speaker(commands.getConsumerGroup, group),
  getConsumerGroups: speaker(commands.getConsumerGroups, topic),
  createConsumerGroup: speaker(commands.createConsumerGroup, (dice) => ({
    ...topic(dice),
    name: dice.pick(GROUPS),
  })),
  deleteConsumerGroup: speaker(commands.deleteConsumerGroup, group),
  joinConsumerGroup: speaker(commands.joinConsumerGroup, group),
  leaveConsumerGroup: speaker(commands.leaveConsumerGroup, group),
  syncConsumerGroup: speaker(commands.syncConsumerGroup, group),
  getUser: speaker(commands.getUser, user),
  getUsers: speaker(commands.getUsers, () => EMPTY),
  createUser: speaker(commands.createUser, (dice) => ({
    username: dice.pick(USERS),
    password: PASSWORD,
    status: dice.between(0, 3),
    permissions: permissions(dice),
    options: [],
  })),
  updateUser: speaker(commands.updateUser, (dice) => ({
    ...user(dice),
    username: dice.pick([null, ...USERS]),
    status: dice.pick([null, 1, 2]),
    options: [],
  })),
  deleteUser: speaker(commands.deleteUser, user),
  updatePermissions: speaker(commands.updatePermissions, (dice) => ({
    ...user(dice),
    permissions: permissions(dice),
  })),
  changePassword: speaker(commands.changePassword, (dice) => ({
    ...user(dice),
    current: PASSWORD,
    new: PASSWORD,
  })),
  createPersonalAccessToken: speaker(commands.createPersonalAccessToken, (dice) => ({
    name: dice.pick(TOKENS),
    expiry: dice.pick([0n, 1n, 2n ** 64n - 1n]),
  })),
  deletePersonalAccessToken: speaker(commands.deletePersonalAccessToken, (dice) => ({
    name: dice.pick(TOKENS),
  })),
  getPersonalAccessTokens: speaker(commands.getPersonalAccessTokens, () => EMPTY),
  attachConsumerSession: speaker(commands.attachConsumerSession, () => ({
    clientId: 1n,
    session: 1n,
    metadataWatermark: 0n,
  })),
  getPollRouting: speaker(commands.getPollRouting, poll),
  pollMessagesOnPrimary: speaker(commands.pollMessagesOnPrimary, poll),
  getConsumerOffsetRouting: speaker(commands.getConsumerOffsetRouting, target),
};

export type CommandName = keyof typeof commands;
