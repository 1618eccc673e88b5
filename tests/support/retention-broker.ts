import { type Option, commands, readRecords } from '../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from './broker-client.ts';
import { InProcessBroker, type InProcessClient, type InProcessOptions } from './start-broker.ts';

const UINT64 = 12;
export const MIB = 1024 * 1024;
export const TARGET = { stream: named('s'), topic: named('t') };

export function u64(key: string, value: bigint): Option {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return { key, kind: UINT64, value: bytes };
}

/** A broker with the topic `t`, and what its tests of old messages do. */
export class RetentionBroker {
  readonly broker: InProcessBroker;
  readonly client: InProcessClient;

  constructor(options: InProcessOptions = {}, clientId?: bigint) {
    this.broker = new InProcessBroker(options);
    this.client = this.broker.client(clientId);
  }

  createTopic(partitionsCount: number, ...options: Option[]): this {
    this.client.done(commands.createStream, { name: 's', options: [] });
    this.client.done(commands.createTopic, {
      stream: TARGET.stream,
      name: 't',
      partitionsCount,
      options,
    });
    return this;
  }

  send(partition: number, ...payloads: string[]): void {
    this.client.done(commands.sendMessages, {
      ...TARGET,
      partitioning: { kind: 'partition_id', value: partition },
      messagesCount: payloads.length,
      batch: batchOf(...payloads),
    });
  }

  /** Offsets of the messages a poll from `offset` on finds. */
  offsets(partition = 0, offset = 0n): bigint[] {
    const { records } = this.client.done(commands.pollMessages, {
      ...TARGET,
      consumer: { kind: 'consumer', id: numbered(1) },
      partition,
      strategy: { kind: 'offset', value: offset },
      count: 10_000,
      autoCommit: false,
    });
    return readRecords(records).map((message) => message.offset);
  }

  store(consumer: number, offset: bigint, partition = 0): void {
    this.client.done(commands.storeConsumerOffset, {
      ...TARGET,
      consumer: { kind: 'consumer', id: numbered(consumer) },
      partition,
      offset,
      ack: 1,
    });
  }

  stored(consumer: number, partition = 0): bigint | undefined {
    return this.client.done(commands.getConsumerOffset, {
      ...TARGET,
      consumer: { kind: 'consumer', id: numbered(consumer) },
      partition,
    })?.storedOffset;
  }

  topic() {
    const found = this.client.done(commands.getTopic, TARGET);
    if (found === null) throw new Error('there is no topic');
    return found;
  }

  /** Until nothing is left to tidy up. */
  sweep(): void {
    while (this.broker.core.sweep());
  }
}
