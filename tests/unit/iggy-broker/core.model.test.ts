import fc from 'fast-check';
import { expect, test } from 'vitest';

import { openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands, readRecords } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../support/broker-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  temporaryDirectory,
} from '../../support/start-broker.ts';

/** One partition, as simple as it can be said. */
interface ModelPartition {
  messages: string[];
  stored: Map<number, number>;
}

/** Topics of one stream, by name. */
type Model = Map<string, ModelPartition[]>;

const where = {
  session: fc.nat({ max: 1 }),
  topic: fc.constantFrom('t', 'u'),
  partition: fc.nat({ max: 2 }),
};
const strategy = fc.constantFrom('offset', 'first', 'last', 'next');

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...where,
      kind: fc.constant('send'),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      ...where,
      kind: fc.constant('poll'),
      strategy,
      from: fc.nat({ max: 12 }),
      count: fc.nat({ max: 6 }),
      consumer: fc.nat({ max: 1 }),
      autoCommit: fc.boolean(),
    }),
  },
  fc.record({
    ...where,
    kind: fc.constant('store'),
    offset: fc.nat({ max: 12 }),
    consumer: fc.nat({ max: 1 }),
  }),
  { weight: 2, arbitrary: fc.record({ ...where, kind: fc.constant('create') }) },
  {
    weight: 3,
    arbitrary: fc.record({ ...where, kind: fc.constantFrom('purge', 'delete', 'grow', 'shrink') }),
  },
  { weight: 2, arbitrary: fc.record({ ...where, kind: fc.constantFrom('sweep', 'reopen') }) },
);
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never;

/** The broker under test and the model beside it; every step is done to both and compared. */
class Comparison {
  readonly #directory: string;
  readonly #model: Model = new Map();
  #broker: InProcessBroker;
  #clients: InProcessClient[] = [];
  #sent = 0;
  #identities = 0;

  constructor(directory: string) {
    this.#directory = directory;
    this.#broker = this.#open();
    this.#client(0).done(commands.createStream, { name: 's', options: [] });
  }

  run(step: Action): void {
    const partitions = this.#model.get(step.topic);
    const target = { stream: named('s'), topic: named(step.topic) };
    const client = this.#client(step.session);
    const ok = (result: { ok: boolean }, expected: boolean) => expect(result.ok).toBe(expected);
    switch (step.kind) {
      case 'create': {
        const topic = { stream: named('s'), name: step.topic, partitionsCount: 2, options: [] };
        ok(client.call(commands.createTopic, topic), partitions === undefined);
        if (partitions === undefined) this.#model.set(step.topic, [fresh(), fresh()]);
        break;
      }
      case 'delete':
        ok(client.call(commands.deleteTopic, target), this.#model.delete(step.topic));
        break;
      case 'purge':
        ok(client.call(commands.purgeTopic, target), partitions !== undefined);
        for (const partition of partitions ?? []) Object.assign(partition, fresh());
        break;
      case 'grow':
        ok(
          client.call(commands.createPartitions, { ...target, count: 1 }),
          partitions !== undefined,
        );
        partitions?.push(fresh());
        break;
      case 'shrink': {
        const can = partitions !== undefined && partitions.length > 0;
        ok(client.call(commands.deletePartitions, { ...target, count: 1 }), can);
        partitions?.pop();
        break;
      }
      case 'sweep':
        this.#broker.core.sweep();
        break;
      case 'reopen':
        this.close();
        this.#broker = this.#open();
        break;
      case 'send':
      case 'poll':
      case 'store':
        this.#inPartition(step, client, partitions?.[step.partition]);
    }
  }

  close(): void {
    this.#broker.storage.close();
  }

  #inPartition(step: Action, client: InProcessClient, partition: ModelPartition | undefined): void {
    const target = { stream: named('s'), topic: named(step.topic), partition: step.partition };
    if ('offset' in step) {
      const consumer = { kind: 'consumer', id: numbered(step.consumer) } as const;
      const request = { ...target, consumer, offset: BigInt(step.offset), ack: 1 } as const;
      const can = partition !== undefined && step.offset < partition.messages.length;
      expect(client.call(commands.storeConsumerOffset, request).ok).toBe(can);
      if (can) partition.stored.set(step.consumer, step.offset);
    } else if ('strategy' in step) {
      this.#poll(step, client, partition);
    } else if ('count' in step) {
      const payloads = Array.from({ length: step.count }, () => `m${(this.#sent += 1)}`);
      const result = client.call(commands.sendMessages, {
        ...target,
        partitioning: { kind: 'partition_id', value: step.partition },
        messagesCount: payloads.length,
        batch: batchOf(...payloads),
      });
      const offset = result.ok ? result.value.confirmations[0]?.baseOffset : undefined;
      expect(offset).toBe(partition && BigInt(partition.messages.length));
      partition?.messages.push(...payloads);
    }
  }

  #poll(
    step: Extract<Action, { strategy: unknown }>,
    client: InProcessClient,
    partition: ModelPartition | undefined,
  ): void {
    const result = client.call(commands.pollMessages, {
      stream: named('s'),
      topic: named(step.topic),
      consumer: { kind: 'consumer', id: numbered(step.consumer) },
      partition: step.partition,
      strategy: { kind: step.strategy, value: BigInt(step.from) },
      count: step.count,
      autoCommit: step.autoCommit,
    });
    expect(result.ok).toBe(partition !== undefined);
    if (!result.ok || partition === undefined) return;

    const { messages, stored } = partition;
    const committed = stored.get(step.consumer) ?? -1;
    const starts: Record<string, number> = {
      offset: step.from,
      first: 0,
      last: Math.max(messages.length - step.count, 0),
      next: committed + 1,
    };
    const start = starts[step.strategy] ?? 0;
    const served = messages.slice(start, start + step.count);
    const polled = readRecords(result.value.records);
    expect(polled.map(({ payload }) => payload.toString())).toEqual(served);
    expect(polled.map(({ offset }) => Number(offset))).toEqual(served.map((_, at) => start + at));
    const last = start + served.length - 1;
    if (step.autoCommit && served.length > 0 && last > committed) stored.set(step.consumer, last);
  }

  #open(): InProcessBroker {
    this.#clients = [];
    return new InProcessBroker({ storage: openStorage(this.#directory) });
  }

  #client(session: number): InProcessClient {
    // Never an id of before: its numbers would start again, and be taken for repetitions.
    return (this.#clients[session] ??= this.#broker.client(BigInt((this.#identities += 1))));
  }
}

function fresh(): ModelPartition {
  return { messages: [], stored: new Map() };
}

test('random histories over two sessions and restarts agree with an array per partition', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 20, maxLength: 80 }), (steps) => {
      const comparison = new Comparison(temporaryDirectory());
      try {
        for (const step of steps) comparison.run(step);
      } finally {
        comparison.close();
      }
    }),
    { numRuns: 40 },
  );
});
