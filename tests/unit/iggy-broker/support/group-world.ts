import { commands } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named } from '../../../support/broker-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  type InProcessOptions,
} from '../../../support/start-broker.ts';

export const TOPIC = { stream: named('s'), topic: named('t') };
export const GROUP = { ...TOPIC, group: named('g') };
export const AS_GROUP = { kind: 'consumer_group', id: named('g') } as const;

/** A broker with a topic of two partitions of three messages each, and a group without members. */
export function groupWorld(options: InProcessOptions = {}) {
  const broker = new InProcessBroker(options);
  const admin = broker.client();
  admin.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: TOPIC.stream, name: 't', partitionsCount: 2, options: [] };
  admin.done(commands.createTopic, topic);
  for (const value of [0, 1]) {
    admin.done(commands.sendMessages, {
      ...TOPIC,
      partitioning: { kind: 'partition_id', value },
      messagesCount: 3,
      batch: batchOf('a', 'b', 'c'),
    });
  }
  admin.done(commands.createConsumerGroup, { ...TOPIC, name: 'g' });
  return { broker, admin, member: () => joined(broker.client()) };
}

export function joined(client: InProcessClient): InProcessClient {
  client.done(commands.joinConsumerGroup, GROUP);
  return client;
}

/** What the client may poll; null if it is not a member. */
export function assigned(client: InProcessClient): readonly number[] | null {
  return client.done(commands.syncConsumerGroup, GROUP)?.partitions ?? null;
}

export function pollAs(
  client: InProcessClient,
  partition: number | null,
  { autoCommit = false, consumer = AS_GROUP }: { autoCommit?: boolean; consumer?: Consumer } = {},
) {
  const strategy = { kind: 'next', value: 0n } as const;
  const request = { ...TOPIC, consumer, partition, strategy, count: 2, autoCommit };
  return client.call(commands.pollMessages, request);
}

export function storeAs(
  client: InProcessClient,
  partition: number | null,
  consumer: Consumer = AS_GROUP,
) {
  const request = { ...TOPIC, consumer, partition, offset: 1n, ack: 1 } as const;
  return client.call(commands.storeConsumerOffset, request);
}

type Consumer = Parameters<typeof commands.pollMessages.request.write>[1]['consumer'];
