import { describe, expect, test } from 'vitest';

import { commands, type Option, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named } from '../../../support/broker-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  type InProcessOptions,
} from '../../../support/start-broker.ts';

const STREAM = named('s');
const TARGET = { stream: STREAM, topic: named('t') };
const U64_MAX = 0xffff_ffff_ffff_ffffn;

const refused = (code: number) => ({ ok: false, code });
const text = (key: string, value: string): Option => ({ key, kind: 2, value: Buffer.from(value) });

function connected(options: InProcessOptions = {}): InProcessClient {
  const client = new InProcessBroker(options).client();
  client.done(commands.createStream, { name: 's', options: [] });
  return client;
}

function create(client: InProcessClient, name = 't', partitionsCount = 1, options: Option[] = []) {
  return client.call(commands.createTopic, { stream: STREAM, name, partitionsCount, options });
}

const topicOf = (client: InProcessClient) => client.done(commands.getTopic, TARGET);

describe('a topic', () => {
  test('is told with its partitions and everything it was not asked for', () => {
    const client = connected();
    const result = create(client, 't', 2);
    const partition = { createdAt: 1_795_000_000_000_000n, currentOffset: 0n, sizeBytes: 0n };
    expect(result).toMatchObject({
      ok: true,
      value: {
        topic: {
          id: 0,
          name: 't',
          partitionsCount: 2,
          messageExpiry: U64_MAX,
          maxTopicSize: U64_MAX,
          compressionAlgorithm: 1,
          explicitOptions: [],
        },
        partitions: [
          { ...partition, id: 0, segmentsCount: 0, messagesCount: 0n },
          { ...partition, id: 1, segmentsCount: 0, messagesCount: 0n },
        ],
      },
    });
    expect(topicOf(client)?.partitions.map(({ segmentsCount }) => segmentsCount)).toEqual([1, 1]);
    expect(client.done(commands.getTopics, { stream: STREAM }).topics).toEqual([
      topicOf(client)?.topic,
    ]);
  });

  test('may have no partitions, and gets some later; they leave from the end', () => {
    const client = connected();
    expect(create(client, 't', 0).ok).toBe(true);
    client.done(commands.createPartitions, { ...TARGET, count: 22 });
    client.done(commands.deletePartitions, { ...TARGET, count: 19 });
    expect(topicOf(client)?.partitions.map(({ id }) => id)).toEqual([0, 1, 2]);
  });

  test('tells what was asked for in canonical form, and patches it as it was sent', () => {
    const client = connected();
    create(client, 't', 1, [
      text('message_expiry', '7 days'),
      text('compression_algorithm', 'gzip'),
    ]);
    expect(topicOf(client)?.topic).toMatchObject({
      messageExpiry: 604_800_000_000n,
      compressionAlgorithm: 2,
      explicitOptions: [
        text('compression_algorithm', 'gzip'),
        { key: 'message_expiry', kind: 12, value: Buffer.from('00a0e3d08c000000', 'hex') },
      ],
    });
    const patch = [text('message_expiry', '1h'), text('max_topic_size', '2 GB')];
    client.done(commands.updateTopic, { ...TARGET, name: 'u', options: patch });
    expect(
      client.done(commands.getTopic, { stream: STREAM, topic: named('u') })?.topic,
    ).toMatchObject({
      name: 'u',
      messageExpiry: 3_600_000_000n,
      maxTopicSize: 2_000_000_000n,
      explicitOptions: [
        text('compression_algorithm', 'gzip'),
        text('max_topic_size', '2 GB'),
        text('message_expiry', '1h'),
      ],
    });
  });

  test('is emptied by a purge and starts at offset 0 again; gone is gone', () => {
    const client = connected();
    create(client);
    const consumer = { kind: 'consumer', id: named('c') } as const;
    const send = () =>
      client.done(commands.sendMessages, {
        ...TARGET,
        partitioning: { kind: 'balanced' },
        messagesCount: 2,
        batch: batchOf('a', 'b'),
      }).confirmations[0]?.baseOffset;
    const offset = { ...TARGET, consumer, partition: 0 };
    send();
    client.done(commands.storeConsumerOffset, { ...offset, offset: 1n, ack: 1 });
    client.done(commands.purgeTopic, TARGET);
    expect(client.done(commands.getConsumerOffset, offset)).toBeNull();
    expect(topicOf(client)?.topic).toMatchObject({ messagesCount: 0n, sizeBytes: 0n });
    expect(send()).toBe(0n);

    client.done(commands.deleteTopic, TARGET);
    expect(topicOf(client)).toBeNull();
    expect(client.call(commands.getConsumerOffset, offset)).toEqual(
      refused(STATUS.TopicIdNotFound),
    );
    expect(create(client)).toMatchObject({
      ok: true,
      value: { topic: { id: 0, messagesCount: 0n } },
    });
  });
});

describe('refused', () => {
  test('whatever is missing, taken or too much', () => {
    const client = connected({ limits: { topicsPerStreamMax: 2, partitionsMax: 12 } });
    create(client);
    create(client, 'u', 0);
    const none = { stream: named('none'), topic: named('t') };
    const noTopic = { stream: STREAM, topic: named('none') };

    expect(create(client)).toEqual(refused(STATUS.TopicNameAlreadyExists));
    expect(create(client, 'v')).toEqual(refused(STATUS.TooManyTopics));
    expect(create(client, 'v', 1001)).toEqual(refused(STATUS.TooManyPartitions));
    for (const command of [commands.deleteTopic, commands.purgeTopic]) {
      expect(client.call(command, none)).toEqual(refused(STATUS.StreamIdNotFound));
      expect(client.call(command, noTopic)).toEqual(refused(STATUS.TopicIdNotFound));
    }
    const rename = { ...TARGET, name: 'u', options: [] };
    expect(client.call(commands.updateTopic, rename)).toEqual(
      refused(STATUS.TopicNameAlreadyExists),
    );
    expect(client.call(commands.updateTopic, { ...rename, name: 't' }).ok).toBe(true);
    for (const command of [commands.createPartitions, commands.deletePartitions]) {
      for (const count of [0, 1001]) {
        expect(client.call(command, { ...TARGET, count })).toEqual(
          refused(STATUS.TooManyPartitions),
        );
      }
      expect(client.call(command, { ...noTopic, count: 1 })).toEqual(
        refused(STATUS.TopicIdNotFound),
      );
    }
    expect(client.call(commands.deletePartitions, { ...TARGET, count: 2 })).toEqual(
      refused(STATUS.InvalidPartitionsCount),
    );
    expect(client.call(commands.createPartitions, { ...TARGET, count: 12 })).toEqual(
      refused(STATUS.PartitionIdSpaceExhausted),
    );
    expect(client.call(commands.createPartitions, { ...TARGET, count: 11 }).ok).toBe(true);
  });

  test('a missing stream has no topics to list, and no topic to get', () => {
    const client = connected();
    expect(client.done(commands.getTopics, { stream: named('none') })).toEqual({ topics: [] });
    expect(client.done(commands.getTopic, { stream: named('none'), topic: named('t') })).toBeNull();
    const request = { stream: named('none'), name: 't', partitionsCount: 1, options: [] };
    expect(client.call(commands.createTopic, request)).toEqual(refused(STATUS.StreamIdNotFound));
  });

  test('options that are unknown, impossible, or can no longer be changed', () => {
    const client = connected();
    const codeOf = (...options: Option[]) => create(client, 't', 1, options);
    expect(codeOf(text('enforce_fsync', 'true'))).toEqual(refused(STATUS.UnsupportedOptionKey));
    expect(codeOf(text('compression_algorithm', 'zstd'))).toEqual(
      refused(STATUS.InvalidOptionValue),
    );
    expect(codeOf(text('max_topic_size', '1 MiB'))).toEqual(refused(STATUS.InvalidTopicSize));
    const laidOut = [text('preallocate_segments', 'true'), text('segment_size', '1 GiB')];
    expect(create(client, 'p', 65, laidOut)).toEqual(refused(STATUS.InvalidOptionValue));
    expect(create(client, 'p', 64, laidOut).ok).toBe(true);

    create(client);
    const update = (...options: Option[]) =>
      client.call(commands.updateTopic, { ...TARGET, name: 't', options });
    expect(update(text('segment_size', '1 MiB'))).toEqual(refused(STATUS.UnsupportedOptionKey));
    expect(update(text('message_expiry', 'soon'))).toEqual(refused(STATUS.InvalidOptionValue));
    expect(update(text('max_topic_size', '1 MiB'))).toEqual(refused(STATUS.InvalidTopicSize));
    expect(topicOf(client)?.topic.explicitOptions).toEqual([]);
  });
});
