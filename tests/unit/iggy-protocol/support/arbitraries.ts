import * as fc from 'fast-check';

import type {
  Client,
  ClusterNode,
  Consumer,
  ConsumerGroup,
  Identifier,
  Option,
  Partitioning,
  Permissions,
  PollingStrategy,
  Stream,
  TopicHeader,
  User,
} from '../../../../src/iggy-protocol/index.ts';

export const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
export const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
export const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const u128 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
export const f32 = fc.float({ noNaN: true });
export const bool = fc.boolean();
export const bytes = fc.uint8Array({ maxLength: 60 }).map((part) => Buffer.from(part));

function nonEmpty(lengthMax: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: 1, maxLength: lengthMax }).map((part) => Buffer.from(part));
}

/** Any text that has UTF-8, of at most 255 bytes of it. */
export const shortText = fc.string({ unit: 'binary', maxLength: 40 });
export const text = fc.string({ unit: 'binary', maxLength: 300 });
export const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
export const context = fc.option(name);

export const identifier: fc.Arbitrary<Identifier> = fc.oneof(
  fc.record({ kind: fc.constant('numeric'), value: u32 }),
  fc.record({ kind: fc.constant('string'), value: name }),
);

export const consumer: fc.Arbitrary<Consumer> = fc.record({
  kind: fc.constantFrom('consumer', 'consumer_group'),
  id: identifier,
});

export const partitioning: fc.Arbitrary<Partitioning> = fc.oneof(
  fc.record({ kind: fc.constant('balanced') }),
  fc.record({ kind: fc.constant('partition_id'), value: u32 }),
  fc.record({ kind: fc.constant('messages_key'), value: nonEmpty(255) }),
);

export const strategy: fc.Arbitrary<PollingStrategy> = fc.record({
  kind: fc.constantFrom('offset', 'timestamp', 'first', 'last', 'next'),
  value: u64,
});

export const options: fc.Arbitrary<Option[]> = fc.uniqueArray(
  fc.record({ key: name, kind: fc.integer({ min: 1, max: 255 }), value: nonEmpty(255) }),
  { maxLength: 6, selector: ({ key }) => key },
);

export const permissions: fc.Arbitrary<Permissions> = fc.record({
  global: fc.record({
    manageServers: bool,
    readServers: bool,
    manageUsers: bool,
    readUsers: bool,
    manageStreams: bool,
    readStreams: bool,
    manageTopics: bool,
    readTopics: bool,
    pollMessages: bool,
    sendMessages: bool,
  }),
  streams: fc.array(
    fc.record({
      streamId: u32,
      manageStream: bool,
      readStream: bool,
      manageTopics: bool,
      readTopics: bool,
      pollMessages: bool,
      sendMessages: bool,
      topics: fc.array(
        fc.record({
          topicId: u32,
          manageTopic: bool,
          readTopic: bool,
          pollMessages: bool,
          sendMessages: bool,
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 3 },
  ),
});

export const clusterNode: fc.Arbitrary<ClusterNode> = fc.record({
  name: text,
  ip: text,
  tcp: u16,
  quic: u16,
  http: u16,
  websocket: u16,
  role: u8,
  status: u8,
});

export const client: fc.Arbitrary<Client> = fc.record({
  clientId: u32,
  userId: u32,
  transport: u8,
  address: text,
  consumerGroupsCount: u32,
});

export const stream: fc.Arbitrary<Stream> = fc.record({
  id: u32,
  createdAt: u64,
  topicsCount: u32,
  sizeBytes: u64,
  messagesCount: u64,
  name,
  options,
});

export const topicHeader: fc.Arbitrary<TopicHeader> = fc.record({
  id: u32,
  createdAt: u64,
  partitionsCount: u32,
  messageExpiry: u64,
  compressionAlgorithm: u8,
  maxTopicSize: u64,
  sizeBytes: u64,
  messagesCount: u64,
  name,
  explicitOptions: options,
  derivedOptions: options,
});

export const group: fc.Arbitrary<ConsumerGroup> = fc.record({
  id: u32,
  partitionsCount: u32,
  membersCount: u32,
  name,
});

export const user: fc.Arbitrary<User> = fc.record({
  id: u32,
  createdAt: u64,
  status: u8,
  username: name,
  options,
});
