import {
  commands,
  decodeBody,
  decodeServerFrame,
  encodeBatch,
  type Option,
  type Partitioning,
  pollMessages,
  readRecords,
  replyOutcome,
} from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named } from '../../../support/broker-client.ts';
import type { InProcessClient } from '../../../support/start-broker.ts';
import { loadObserved } from '../../iggy-protocol/support/observed.ts';

/** What was on the server before, as its listings have it: the streams 0 to 8 and how many topics they had. */
const OTHER_STREAMS = [
  ['s1', 1],
  ['d1', 1],
  ['zzz', 0],
  ['zzz2', 0],
  ['zzz3', 0],
  ['dup-1795224716875', 0],
  ['x2s1795224717280', 0],
  ['dur1795224762174', 7],
  ['dur1795224764459', 7],
] as const;

export function makeOtherStreams(client: InProcessClient): void {
  for (const [name, topics] of OTHER_STREAMS) {
    client.done(commands.createStream, { name, options: [] });
    for (let id = 0; id < topics; id += 1) makeTopic(client, name, `t${id}`, 1);
  }
}

/** Where the experiments with errors took place. */
export function makeTargets(client: InProcessClient): void {
  client.done(commands.createStream, { name: 'e', options: [] });
  makeTopic(client, 'e', 't', 2);
  makeTopic(client, 'e', 'empty', 0);
}

function makeTopic(
  client: InProcessClient,
  stream: string,
  name: string,
  partitionsCount: number,
  options: Option[] = [],
): void {
  client.done(commands.createTopic, { stream: named(stream), name, partitionsCount, options });
}

const VEC = { stream: named('vec'), topic: named('t') };
const GROUP = { ...VEC, group: named('g1') };

/** A batch that is in no recorded send, as a recorded poll has its messages. */
function polled(file: string, poll: string, ...offsets: bigint[]): Buffer {
  const replies = loadObserved(file).filter(({ name }) => name === poll);
  const frame = decodeServerFrame(replies.at(-1)?.reply ?? Buffer.alloc(0));
  const outcome = frame.kind === 'reply' ? replyOutcome(frame.header, frame.body) : undefined;
  if (outcome?.ok !== true) throw new Error(`${poll} was not recorded`);
  const messages = readRecords(decodeBody(pollMessages.response, outcome.payload).records);
  return encodeBatch(messages.filter(({ offset }) => offsets.includes(offset)));
}

type Fill = (client: InProcessClient) => void;

function option(key: string, kind: number, valueHex: string): Option {
  return { key, kind, value: Buffer.from(valueHex, 'hex') };
}

function topic(name: string, partitionsCount: number, ...options: Option[]): Fill {
  return (client) => makeTopic(client, 'vec', name, partitionsCount, options);
}

function send(partition: number | null, batch = batchOf('{"n":1}')): Fill {
  const partitioning: Partitioning =
    partition === null ? { kind: 'balanced' } : { kind: 'partition_id', value: partition };
  return (client) => {
    client.done(commands.sendMessages, { ...VEC, partitioning, messagesCount: 1, batch });
  };
}

/** What the main client did between its recorded requests: by the numbers that are missing among them. */
const BETWEEN: ReadonlyMap<bigint, Fill> = new Map([
  [7n, topic('t0', 0)],
  [10n, topic('t1000', 1000)],
  [16n, topic('o-expiry_u64', 1, option('message_expiry', 12, '00a493d600000000'))],
  // The option it had is one the embedded broker does not know.
  [27n, topic('o-enforce_fsync', 1)],
  [30n, topic('o-required_to_save', 1, option('messages_required_to_save', 11, '20000000'))],
  [
    34n,
    topic(
      'o-preallocate',
      1,
      option('preallocate_segments', 3, '01'),
      option('segment_size', 12, '0000100000000000'),
    ),
  ],
  [42n, (client) => client.done(commands.deletePartitions, { ...VEC, count: 1 })],
  [45n, send(0, polled('poll', 'poll-timestamp-zero', 0n))],
  [48n, send(0)],
  [51n, send(null, polled('poll', 'poll-last', 9n))],
  [53n, send(2)],
  [74n, (client) => client.done(commands.leaveConsumerGroup, GROUP)],
  [75n, (client) => client.done(commands.deleteConsumerGroup, GROUP)],
  [
    84n,
    (client) => {
      const passwords = { current: 'secret1', new: 'secret2' };
      client.done(commands.changePassword, { user: named('alice'), ...passwords });
    },
  ],
  [86n, (client) => client.done(commands.deleteUser, { user: named('carol2') })],
  [91n, (client) => client.done(commands.deletePersonalAccessToken, { name: 'tok1' })],
  [97n, (client) => client.done(commands.deleteTopic, VEC)],
  [99n, (client) => client.done(commands.deleteStream, { stream: VEC.stream })],
]);

export function fillSession(client: InProcessClient, number: bigint): void {
  BETWEEN.get(number)?.(client);
}

/** What the second member of the group did with its first number: off the record, after it had logged in. */
export function joinGroup(client: InProcessClient): void {
  client.done(commands.joinConsumerGroup, GROUP);
}

/** Topics that the recorded server refused to make; gone again, so that the others have their numbers. */
const EXTRA_TOPICS: ReadonlyMap<string, string> = new Map([
  ['create-topic-opt-durability-persisted', 'o-durability_persisted'],
  ['create-topic-opt-consumer-offset-durability', 'o-consumer_offset_durability'],
]);

export function removeExtra(client: InProcessClient, experiment: string): void {
  const name = EXTRA_TOPICS.get(experiment);
  if (name === undefined) return;
  client.done(commands.deleteTopic, { stream: VEC.stream, topic: named(name) });
}

/** The same for the experiments with errors: by the one that came next. */
const BEFORE: ReadonlyMap<string, Fill> = new Map([
  [
    'send: base_offset in header 500 (resummed)',
    (client) => {
      client.done(commands.sendMessages, {
        stream: named('e'),
        topic: named('t'),
        partitioning: { kind: 'partition_id', value: 0 },
        messagesCount: 2,
        batch: polled('errors', 'send: offset_delta 0,5', 1n, 2n),
      });
    },
  ],
  [
    'inactive user login',
    (client) => {
      const other = { username: 'other', password: 'secret1', status: 1, permissions: null };
      client.done(commands.createUser, { ...other, options: [] });
    },
  ],
]);

export function fillErrors(client: InProcessClient, next: string): void {
  BEFORE.get(next)?.(client);
}
