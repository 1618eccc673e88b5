import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Outgoing } from '../../../src/iggy-broker/core.ts';
import { SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { type Command, commands, readRecords, STATUS } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, resultOf } from '../../support/broker-client.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { InProcessBroker } from '../../support/start-broker.ts';

const TARGET = { stream: named('s') };
const TOPICS = ['replicated', 'persisted'] as const;
const CONSUMERS = [1, 2] as const;
/** What creating a topic that exists, or deleting one that does not, is refused with. */
const NOT_MADE: readonly number[] = [STATUS.TopicNameAlreadyExists, STATUS.TopicIdNotFound];

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('send'),
      topic: fc.constantFrom(...TOPICS),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('poll', 'commit'),
      topic: fc.constantFrom(...TOPICS),
      consumer: fc.constantFrom(...CONSUMERS),
    }),
  },
  fc.record({ kind: fc.constantFrom('create', 'delete'), topic: fc.constantFrom('x', 'y') }),
);
const commitGroup = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  failAfter: fc.option(fc.nat({ max: 12 }), { nil: Number.POSITIVE_INFINITY }),
  failuresMax: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
  rollsBack: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Group = typeof commitGroup extends fc.Arbitrary<infer Value> ? Value : never;

/** A request of a group, and what an answer means for what must be there afterwards. */
interface Asked {
  frame: Buffer;
  settle: (answer: Buffer) => void;
}

/** The broker over a disk that fails, beside what its answers say that it holds. */
class Comparison {
  readonly database = new FaultyDatabase();
  readonly #broker = new InProcessBroker({ storage: new SqliteStorage(this.database, 'test') });
  readonly #client = this.#broker.client();
  readonly #reader = this.#broker.client();
  readonly #logs = new Map<string, string[]>(TOPICS.map((topic) => [topic, []]));
  readonly #offsets = new Map<string, bigint>();
  readonly #topics = new Set<string>();
  #sent = 0;
  refused = 0;

  constructor() {
    this.#client.done(commands.createStream, { name: 's', options: [] });
    for (const name of TOPICS) {
      const durability = { key: 'durability', kind: 2, value: Buffer.from(name) };
      const topic = { ...TARGET, name, partitionsCount: 1, options: [durability] };
      this.#client.done(commands.createTopic, topic);
    }
  }

  /** All steps of the group arrive before its commit, and the disk fails after so many writes. */
  run({ steps, failAfter, failuresMax, rollsBack }: Group): void {
    const asked = steps.map((each) => this.#ask(each));
    Object.assign(this.database, { failAfter, failuresMax, rollsBack });
    const answers = this.#exchange(Buffer.concat(asked.map(({ frame }) => frame)));
    expect(answers).toHaveLength(asked.length);
    const before = this.refused;
    for (const [index, { settle }] of asked.entries()) settle(answers[index] ?? Buffer.alloc(0));
    if (failAfter === Number.POSITIVE_INFINITY) expect(this.refused).toBe(before);

    this.check();
    this.database.failAfter = Number.POSITIVE_INFINITY;
    while (this.#broker.core.sweep());
    expect(this.#broker.storage.room).toBe('enough');
  }

  /** What was acknowledged is there, in its place, and nothing else. */
  check(): void {
    for (const topic of TOPICS) {
      const { messages, nextOffset } = this.#read(topic);
      expect(messages).toEqual(this.#logs.get(topic));
      expect(nextOffset).toBe(messages.length);
      for (const consumer of CONSUMERS) {
        const request = { ...TARGET, topic: named(topic), partition: 0, consumer: of(consumer) };
        const stored = this.#reader.done(commands.getConsumerOffset, request)?.storedOffset;
        expect(stored).toBe(this.#offsets.get(`${topic} ${consumer}`));
      }
    }
    const { topics } = this.#reader.done(commands.getTopics, TARGET);
    const names = topics.map(({ name }) => name).toSorted();
    expect(names).toEqual([...TOPICS, ...this.#topics].toSorted());
  }

  #exchange(bytes: Buffer): Buffer[] {
    const { core } = this.#broker;
    core.receive(this.#client.id, bytes);
    const released = core.commit();
    core.resume(this.#client.id);
    expect(this.#broker.storage.dirty).toBe(false);
    return released.map(bytesOf);
  }

  #ask(each: Step): Asked {
    const topic = named(each.topic);
    switch (each.kind) {
      case 'send':
        return this.#send(each.topic, 'count' in each ? each.count : 1);
      case 'poll':
      case 'commit':
        return this.#poll(each.topic, 'consumer' in each ? each.consumer : 1, each.kind);
      case 'create': {
        const request = { ...TARGET, name: each.topic, partitionsCount: 1, options: [] };
        return this.#asked(commands.createTopic, request, () => this.#topics.add(each.topic));
      }
      case 'delete':
        return this.#asked(commands.deleteTopic, { ...TARGET, topic }, () =>
          this.#topics.delete(each.topic),
        );
    }
  }

  #send(topic: string, count: number): Asked {
    const texts = Array.from({ length: count }, () => `${(this.#sent += 1)}`);
    const request = {
      ...TARGET,
      topic: named(topic),
      partitioning: { kind: 'partition_id', partition: 0, value: 0 } as const,
      messagesCount: count,
      batch: batchOf(...texts),
    };
    return this.#asked(commands.sendMessages, request, ({ confirmations }) => {
      const log = this.#logs.get(topic) ?? [];
      expect(confirmations[0]?.baseOffset).toBe(BigInt(log.length));
      log.push(...texts);
    });
  }

  #poll(topic: string, consumer: number, kind: 'poll' | 'commit'): Asked {
    const request = {
      ...pollOf(topic, consumer),
      autoCommit: kind === 'commit',
      strategy: { kind: 'first', value: 0n } as const,
    };
    return this.#asked(commands.pollMessages, request, ({ messagesCount, records }) => {
      const log = this.#logs.get(topic) ?? [];
      expect(textsOf(records)).toEqual(log);
      if (kind === 'poll' || messagesCount === 0) return;
      this.#offsets.set(`${topic} ${consumer}`, BigInt(messagesCount) - 1n);
    });
  }

  #asked<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
    accept: (response: Response) => void,
  ): Asked {
    const frame = this.#client.identity.frame(command, request);
    const settle = (answer: Buffer): void => {
      const result = resultOf(command, answer);
      if (result.ok) accept(result.value);
      else if (result.code === STATUS.TransientNotAccepted) this.refused += 1;
      else expect(NOT_MADE).toContain(result.code);
    };
    return { frame, settle };
  }

  #read(topic: string): { messages: string[]; nextOffset: number } {
    const strategy = { kind: 'first', value: 0n } as const;
    const request = { ...pollOf(topic, 9), autoCommit: false, strategy };
    const { records, currentOffset } = this.#reader.done(commands.pollMessages, request);
    const messages = textsOf(records);
    return { messages, nextOffset: messages.length === 0 ? 0 : Number(currentOffset) + 1 };
  }
}

function of(consumer: number) {
  return { kind: 'consumer', id: numbered(consumer) } as const;
}

function pollOf(topic: string, consumer: number) {
  return { ...TARGET, topic: named(topic), consumer: of(consumer), partition: 0, count: 1000 };
}

function textsOf(records: Buffer): string[] {
  return readRecords(records).map(({ payload }) => payload.toString());
}

function bytesOf(outgoing: Outgoing): Buffer {
  if ('close' in outgoing) throw new Error(outgoing.close);
  return outgoing.bytes;
}

test('whatever fails, what was acknowledged is there and what was refused is not', () => {
  let failures = 0;
  let refused = 0;
  const property = fc.property(fc.array(commitGroup, { minLength: 1, maxLength: 12 }), (groups) => {
    const comparison = new Comparison();
    for (const each of groups) comparison.run(each);
    failures += comparison.database.failures;
    refused += comparison.refused;
  });
  fc.assert(property, { numRuns: 150 });
  expect(failures).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});
