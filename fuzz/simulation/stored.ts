import { commands, readRecords } from '../../src/iggy-protocol/index.ts';
import { named, numbered } from '../../tests/support/broker-client.ts';
import type { BrokerHost } from './broker-host.ts';
import { messageKey } from './message-key.ts';
import { STREAM } from './topics.ts';

/** What the broker has when all is over. */
export interface Stored {
  /** Message keys by offset, for each partition. */
  readonly logs: ReadonlyMap<string, readonly string[]>;
  /** Number of partitions by topic. */
  readonly topics: ReadonlyMap<string, number>;
}

const EVERYTHING = 1_000_000;

export function logName(topic: string, partitionId: number): string {
  return `${topic}/${partitionId}`;
}

export function readStored(host: BrokerHost): Stored {
  const [found] = host.operate(commands.getStream, { stream: named(STREAM) });
  const topics = new Map(
    found?.topics.map(({ name, partitionsCount }) => [name, partitionsCount] as const),
  );
  const places = [...topics].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  const pages = host.operate(
    commands.pollMessages,
    ...places.map(({ topic, partition }) => ({
      consumer: { kind: 'consumer' as const, id: numbered(1) },
      stream: named(STREAM),
      topic: named(topic),
      partition,
      strategy: { kind: 'first' as const, value: 0n },
      count: EVERYTHING,
      autoCommit: false,
    })),
  );
  const logs = new Map(
    pages.map(({ records }, at) => {
      const { topic = '', partition = 0 } = places[at] ?? {};
      const keys = readRecords(records).map((message) =>
        messageKey({ ...message, originTimestampMicros: message.originTimestamp }),
      );
      return [logName(topic, partition), keys] as const;
    }),
  );
  return { logs, topics };
}
