import { describe, expect, test } from 'vitest';

import { type BrokerLimits, DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, type Result } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };
/** Of what is counted below. */
const LIMIT = 3;

interface Limited {
  readonly limit: keyof BrokerLimits;
  readonly refusal: number;
  /** Makes the `count`th of what is counted. One is there already where `startsAt` says so. */
  readonly make: (client: InProcessClient, count: number) => Result<unknown>;
  readonly startsAt?: number;
}

const TABLE: readonly Limited[] = [
  {
    limit: 'streamsMax',
    refusal: STATUS.TooManyStreams,
    startsAt: 1,
    make: (client, count) => client.call(commands.createStream, { name: `${count}`, options: [] }),
  },
  {
    limit: 'topicsPerStreamMax',
    refusal: STATUS.TooManyTopics,
    startsAt: 1,
    make: (client, count) =>
      client.call(commands.createTopic, {
        stream: TARGET.stream,
        name: `${count}`,
        partitionsCount: 0,
        options: [],
      }),
  },
  {
    limit: 'partitionsMax',
    refusal: STATUS.PartitionIdSpaceExhausted,
    startsAt: 1,
    make: (client) => client.call(commands.createPartitions, { ...TARGET, count: 1 }),
  },
  {
    limit: 'consumerOffsetsMax',
    refusal: STATUS.TooManyConsumerOffsets,
    make: (client, count) =>
      client.call(commands.storeConsumerOffset, {
        ...TARGET,
        consumer: { kind: 'consumer', id: numbered(count) },
        partition: 0,
        offset: 0n,
        ack: 1,
      }),
  },
  {
    limit: 'tokensPerUserMax',
    refusal: STATUS.PersonalAccessTokensLimitReached,
    make: (client, count) =>
      client.call(commands.createPersonalAccessToken, { name: `${count}`, expiry: 0n }),
  },
  {
    limit: 'batchMessagesMax',
    refusal: STATUS.TooManyMessages,
    // The limit is one of each batch, so each is larger by one than the one before.
    make: (client, count) => send(client, ...Array.from({ length: count }, () => 'm')),
  },
];

function send(client: InProcessClient, ...payloads: string[]): Result<unknown> {
  return client.call(commands.sendMessages, {
    ...TARGET,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: payloads.length,
    batch: batchOf(...payloads),
  });
}

function prepared(limits: Partial<BrokerLimits>): InProcessClient {
  const client = new InProcessBroker({ limits }).client();
  client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: TARGET.stream, name: 't', partitionsCount: 1, options: [] };
  client.done(commands.createTopic, topic);
  send(client, 'first');
  return client;
}

test('everything has an end', () => {
  for (const [name, value] of Object.entries(DEFAULT_LIMITS)) {
    expect(Number.isSafeInteger(value) && value > 0, name).toBe(true);
  }
});

describe('at the limit all is well, one beyond is refused, and nothing is changed by that', () => {
  test.each(TABLE)('$limit', ({ limit, refusal, make, startsAt = 0 }) => {
    const client = prepared({ [limit]: LIMIT });
    for (let count = startsAt + 1; count <= LIMIT; count += 1) {
      expect(make(client, count).ok, `${count}`).toBe(true);
    }
    const stats = () => {
      const { streamsCount, topicsCount, partitionsCount, messagesCount } = client.done(
        commands.getStats,
        {},
      );
      return { streamsCount, topicsCount, partitionsCount, messagesCount };
    };
    const before = stats();
    expect(make(client, LIMIT + 1)).toEqual({ ok: false, code: refusal });
    expect(stats()).toEqual(before);
  });

  test('connectionsMax, and with them sessions', () => {
    const broker = new InProcessBroker({ limits: { connectionsMax: LIMIT } });
    const clients = Array.from({ length: LIMIT }, () => broker.client());
    expect(() => broker.connect()).toThrow('refused');
    for (const client of clients) expect(client.call(commands.getStreams, {}).ok).toBe(true);
  });
});
