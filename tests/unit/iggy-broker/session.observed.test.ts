import { expect, test } from 'vitest';

import {
  commands,
  decodeRequest,
  HEADER_BYTES,
  replyOutcome,
  type RequestHeader,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, serverFrame } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';
import { type Exchange, loadObserved, type Recorded } from '../iggy-protocol/support/observed.ts';

/** What the real server did, on purpose or for want of anything better, and what is done here instead. */
type Outcome = `status ${number}` | `result ${number}` | `eviction ${number}` | 'done' | 'closed';

/** The recorded server was a pre-release; these are the release's answers (iggy-vsr-0.11 §0, §3.6). */
const RELEASE_DIFFERS: Record<string, Outcome> = {
  'create-topic-opt-durability-persisted': 'done',
  'create-topic-opt-consumer-offset-durability': 'done',
  'store-offset-no-partition': 'done',
  'store-offset-missing-partition': `status ${STATUS.PartitionNotFound}`,
  'store-offset-missing-topic': `status ${STATUS.TopicIdNotFound}`,
  'get-offset-missing-topic': `status ${STATUS.TopicIdNotFound}`,
  'group-poll-no-partition': `status ${STATUS.InvalidIdentifier}`,
  'group-store-offset': `status ${STATUS.ConsumerGroupIdNotFound}`,
  'group-store-offset-no-partition': `status ${STATUS.ConsumerGroupIdNotFound}`,
  'poll bad strategy kind 9': `status ${STATUS.InvalidCommand}`,
  'poll body truncated': `status ${STATUS.InvalidCommand}`,
  'send: empty body': `status ${STATUS.InvalidCommand}`,
  'send: partitioning kind 9': `status ${STATUS.InvalidCommand}`,
  // The real server stores both and then serves wrong offsets (iggy-vsr-0.11 §3.5).
  'send: offset_delta all zero': `status ${STATUS.InvalidCommand}`,
  'send: offset_delta 0,5': `status ${STATUS.InvalidCommand}`,
};

/** Where the real server leaves its client waiting, it is told. */
const INSTEAD_OF_SILENCE: Record<string, Outcome> = {
  'op 0': 'closed',
  'request 0 on send': 'closed',
  'register request=1': 'closed',
  'send: frame checksum wrong': `status ${STATUS.InvalidMessageChecksum}`,
  'send: payload changed (frame checksum bad)': `status ${STATUS.InvalidMessageChecksum}`,
};

const GROUPS_AND_USERS = new Set([138, 139, 140, 141, 142, 143, 144, 145, 148, 149]);
const NOT_HERE_YET = new Set([11, 600, 601, 606]);

function expected({ name, recorded }: Exchange, { operation, code }: RequestHeader): Outcome {
  if (GROUPS_AND_USERS.has(operation) || NOT_HERE_YET.has(code ?? 0)) return 'status 5';
  if (recorded.kind === 'silence') return INSTEAD_OF_SILENCE[name] ?? 'status 3';
  // A test after a malformed request asks whether the connection is still of use.
  const isProbe = name.startsWith('send:') && operation !== 160;
  return (isProbe ? undefined : RELEASE_DIFFERS[name]) ?? outcomeOf(recorded);
}

function outcomeOf(recorded: Recorded): Outcome {
  switch (recorded.kind) {
    case 'silence':
      return 'closed';
    case 'eviction':
      return `eviction ${recorded.reason}`;
    case 'reply':
      if (recorded.status > 0) return `status ${recorded.status}`;
      return recorded.result > 0 ? `result ${recorded.result}` : 'done';
  }
}

function answerTo(client: InProcessClient, request: Buffer): Outcome {
  const bytes = client.answer(request);
  if (bytes === undefined) return 'closed';
  const frame = serverFrame(bytes);
  if (frame.kind === 'eviction') return `eviction ${frame.header.reason}`;
  if (frame.header.status > 0) return `status ${frame.header.status}`;
  const outcome = replyOutcome(frame.header, frame.body);
  return outcome.ok ? 'done' : `result ${outcome.code}`;
}

const VEC = { stream: named('vec'), topic: named('t') };

/** Requests of the recorded session that are not in the recording, by their number. */
function unrecorded(client: InProcessClient): Map<bigint, () => void> {
  const topic = (name: string, partitionsCount: number) => () => {
    client.done(commands.createTopic, { stream: VEC.stream, name, partitionsCount, options: [] });
  };
  const send = (partition: number) => () => {
    client.done(commands.sendMessages, {
      ...VEC,
      partitioning: { kind: 'partition_id', value: partition },
      messagesCount: 1,
      batch: batchOf('{"n":1}'),
    });
  };
  return new Map([
    [10n, topic('t1000', 1000)],
    [45n, send(0)],
    [48n, send(0)],
    [53n, send(2)],
    [91n, () => client.done(commands.deletePersonalAccessToken, { name: 'tok1' })],
    [97n, () => client.done(commands.deleteTopic, VEC)],
    [99n, () => client.done(commands.deleteStream, { stream: VEC.stream })],
  ]);
}

/** In the order they were sent: reads carry the number of the operation that comes next. */
function recordedSession(): { exchange: Exchange; header: RequestHeader }[] {
  const files = [
    'session-and-system',
    'streams-topics-partitions',
    'users-and-tokens',
    'send',
    'poll',
    'offsets',
    'groups-and-clients',
  ];
  return files
    .flatMap((file) => loadObserved(file))
    .map((exchange) => ({ exchange, header: decodeRequest(exchange.request).header }))
    .filter(({ header }) => header.session === 59n)
    .toSorted((one, other) => {
      const byNumber = Number(one.header.request - other.header.request);
      return (
        byNumber || Math.sign(one.header.operation - 2) - Math.sign(other.header.operation - 2)
      );
    });
}

test('a session recorded on a real server goes the same way here', () => {
  const broker = new InProcessBroker();
  const fillers = broker.client();
  // The recorded stream had number 9, and some requests name it by that.
  for (let id = 0; id < 9; id += 1) {
    fillers.done(commands.createStream, { name: `other-${id}`, options: [] });
  }
  const session = recordedSession();
  expect(session.length).toBeGreaterThan(100);

  const client = broker.client(session[0]?.header.client);
  const missing = unrecorded(client);
  let reached = 0n;
  for (const { exchange, header } of session) {
    for (; reached < header.request; reached += 1n) {
      client.identity.request = reached;
      missing.get(reached)?.();
    }
    expect(answerTo(client, exchange.request), exchange.name).toBe(expected(exchange, header));
  }
});

test('what a real server refuses is refused with the same code, and its silences are broken', () => {
  const broker = new InProcessBroker();
  const setup = broker.client();
  setup.done(commands.createStream, { name: 'e', options: [] });
  for (const [name, partitionsCount] of [
    ['t', 2],
    ['empty', 0],
  ] as const) {
    setup.done(commands.createTopic, { stream: named('e'), name, partitionsCount, options: [] });
  }

  let client = setup;
  let connectedFor = '';
  for (const exchange of loadObserved('errors')) {
    const { request, name } = exchange;
    // Bytes that are no request at all only have to end the connection.
    if (request.length < HEADER_BYTES || request.readUInt8(60) !== 5) continue;
    const header = decodeRequest(request).header;
    if (connectedFor !== name) {
      connectedFor = name;
      const loggedIn = header.operation !== 1 && !name.startsWith('before login');
      client = loggedIn ? broker.client(header.client) : broker.connect(header.client);
    }
    // The recorder made and removed a user here, which cannot be done yet.
    if (name === 'inactive user login' && header.operation !== 1) continue;
    const outcome = answerTo(client, request);
    expect(outcome, name).toBe(expected(exchange, header));
    // Where the real server let the connection live, it was asked once more; here it is gone.
    if (outcome === 'closed') client = broker.client(header.client);
  }
});
