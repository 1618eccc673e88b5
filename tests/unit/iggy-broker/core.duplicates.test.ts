import { describe, expect, onTestFinished, test } from 'vitest';

import { RECALLED_BATCHES_MAX } from '../../../src/iggy-broker/log/partition-log.ts';
import { openStorage, type SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import {
  commands,
  decodeServerFrame,
  readRecords,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, resultOf } from '../../support/broker-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  type InProcessOptions,
  temporaryDirectory,
} from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };
const CONSUMER = { kind: 'consumer', id: numbered(1) } as const;
/** Of the client that sends; another one looks. */
const CLIENT_ID = 0xc0ffeen;

/** A reply without payload: no confirmations, or an operation without a result (iggy-vsr-0.11 §2.9). */
const NOTHING = Buffer.alloc(4);

class Fixture {
  readonly broker: InProcessBroker;
  readonly client: InProcessClient;
  readonly #observer: InProcessClient;

  constructor(options: InProcessOptions = {}) {
    this.broker = new InProcessBroker(options);
    this.client = this.broker.client(CLIENT_ID);
    this.#observer = this.broker.client();
  }

  createTopic(): this {
    this.#observer.done(commands.createStream, { name: 's', options: [] });
    const topic = { stream: named('s'), name: 't', partitionsCount: 2, options: [] };
    this.#observer.done(commands.createTopic, topic);
    return this;
  }

  /** A send of one message under the number `request`. */
  send(payload: string, request: bigint, { partition = 0, batch = batchOf(payload) } = {}) {
    const frame = this.sendFrame(payload, request, partition, batch);
    return resultOf(commands.sendMessages, this.client.answer(frame));
  }

  sendFrame(payload: string, request: bigint, partition = 0, batch = batchOf(payload)): Buffer {
    const body = {
      ...TARGET,
      partitioning: { kind: 'partition_id', value: partition } as const,
      messagesCount: 1,
      batch,
    };
    return this.client.identity.frame(commands.sendMessages, body, { request });
  }

  storeFrame(offset: bigint, request: bigint, ack: 0 | 1 = 1): Buffer {
    const body = { ...TARGET, consumer: CONSUMER, partition: 0, offset, ack };
    return this.client.identity.frame(commands.storeConsumerOffset, body, { request });
  }

  deleteFrame(request: bigint): Buffer {
    const body = { ...TARGET, consumer: CONSUMER, partition: 0, ack: 1 as const };
    return this.client.identity.frame(commands.deleteConsumerOffset, body, { request });
  }

  /** Status and body of the reply to `frame`. */
  ask(frame: Buffer): { status: number; body: Buffer } {
    const answer = this.client.answer(frame);
    const reply = answer && decodeServerFrame(answer);
    if (reply?.kind !== 'reply') throw new Error('no reply');
    return { status: reply.header.status, body: reply.body };
  }

  stored(partition = 0): string[] {
    const { records } = this.#observer.done(commands.pollMessages, {
      ...TARGET,
      consumer: CONSUMER,
      partition,
      strategy: { kind: 'first', value: 0n },
      count: 1000,
      autoCommit: false,
    });
    return readRecords(records).map(({ payload }) => payload.toString());
  }

  storedOffset(): bigint | undefined {
    const target = { ...TARGET, consumer: CONSUMER, partition: 0 };
    return this.#observer.done(commands.getConsumerOffset, target)?.storedOffset;
  }

  purge(): void {
    this.#observer.done(commands.purgeTopic, TARGET);
  }

  recreate(): void {
    this.#observer.done(commands.deleteTopic, TARGET);
    const topic = { stream: named('s'), name: 't', partitionsCount: 2, options: [] };
    this.#observer.done(commands.createTopic, topic);
  }
}

const topicOf = (options: InProcessOptions = {}): Fixture => new Fixture(options).createTopic();

const stored = (baseOffset: bigint, partitionId = 0) => ({
  ok: true,
  value: { confirmations: [{ streamId: 0, topicId: 0, partitionId, baseOffset }] },
});
const repeated = { ok: true, value: { confirmations: [] } };

describe('a send that is repeated', () => {
  test('is a success that confirms no offset, and is stored once', () => {
    const topic = topicOf();
    const frame = topic.sendFrame('a', 1n);
    expect(topic.ask(frame).status).toBe(0);
    expect(topic.ask(frame)).toEqual({ status: 0, body: NOTHING });
    expect(topic.stored()).toEqual(['a']);
    expect(topic.broker.core.duplicates).toBe(1);
  });

  test('is told before the first one is committed, too', () => {
    const topic = topicOf();
    const frame = topic.sendFrame('a', 1n);
    const answers = topic.client.exchange(Buffer.concat([frame, frame]));
    expect(answers).toHaveLength(2);
    expect(topic.stored()).toEqual(['a']);
  });

  test('is told on a new connection with the same client id', () => {
    const topic = topicOf();
    const frame = topic.sendFrame('a', 1n);
    topic.client.answer(frame);
    topic.broker.core.disconnect(topic.client.id);
    const again = topic.broker.client(CLIENT_ID);
    expect(resultOf(commands.sendMessages, again.answer(frame))).toEqual(repeated);
    expect(topic.stored()).toEqual(['a']);
  });

  test('under a number that was passed over is no repetition', () => {
    const topic = topicOf();
    expect([topic.send('a', 5n), topic.send('b', 3n), topic.send('c', 3n)]).toEqual([
      stored(0n),
      stored(1n),
      repeated,
    ]);
    expect(topic.stored()).toEqual(['a', 'b']);
  });

  test('far below what was committed counts as done', () => {
    const topic = topicOf();
    topic.send('a', 1000n);
    expect(topic.send('b', 872n)).toEqual(repeated);
    expect(topic.send('c', 873n)).toEqual(stored(1n));
  });

  test('to another partition, or by another client, is another send', () => {
    const topic = topicOf();
    topic.send('a', 1n);
    expect(topic.send('b', 1n, { partition: 1 })).toEqual(stored(0n, 1));
    const other = topic.broker.client();
    expect(resultOf(commands.sendMessages, other.answer(topic.sendFrame('c', 1n)))).toEqual(
      stored(1n),
    );
  });

  test('after it was refused is done: nothing had been', () => {
    const topic = topicOf();
    const broken = batchOf('a');
    broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1);
    expect(topic.send('a', 1n, { batch: broken })).toMatchObject({ ok: false });
    expect(topic.send('a', 1n)).toEqual(stored(0n));
    expect(topic.broker.core.duplicates).toBe(0);
  });

  test.each([
    ['purged', (topic: Fixture) => topic.purge()],
    ['deleted and made again', (topic: Fixture) => topic.recreate()],
  ])('after its topic was %s is done: nothing is left of the first', (_, change) => {
    const topic = topicOf();
    topic.send('a', 1n);
    change(topic);
    expect(topic.send('a', 1n)).toMatchObject({ value: { confirmations: [{ baseOffset: 0n }] } });
    expect(topic.stored()).toEqual(['a']);
  });

  test('is not known any more once too many other clients have written', () => {
    const topic = topicOf({ limits: { dedupClientsMax: 2 } });
    topic.send('a', 1n);
    const next = (payload: string): void => {
      const client = topic.broker.client();
      const frame = topic.sendFrame(payload, 1n);
      expect(resultOf(commands.sendMessages, client.answer(frame)).ok).toBe(true);
    };
    next('b');
    expect(topic.send('a', 1n)).toEqual(repeated);
    next('c');
    next('d');
    expect(topic.send('a', 1n)).toEqual(stored(4n));
  });
});

describe('a write of an offset that is repeated', () => {
  test('is a success and changes nothing', () => {
    const topic = topicOf();
    for (const request of [1n, 2n, 3n]) topic.send('x', request);
    expect(topic.ask(topic.storeFrame(2n, 4n))).toEqual({ status: 0, body: NOTHING });
    topic.ask(topic.storeFrame(1n, 5n));
    expect(topic.ask(topic.storeFrame(2n, 4n))).toEqual({ status: 0, body: NOTHING });
    expect(topic.storedOffset()).toBe(1n);

    expect(topic.ask(topic.deleteFrame(6n))).toEqual({ status: 0, body: NOTHING });
    expect(topic.ask(topic.deleteFrame(6n))).toEqual({ status: 0, body: NOTHING });
    expect(topic.ask(topic.deleteFrame(7n)).status).toBe(STATUS.ConsumerOffsetNotFound);
    expect(topic.broker.core.duplicates).toBe(2);
  });

  test('shares its numbers with the sends to the partition', () => {
    const topic = topicOf();
    topic.send('a', 1n);
    topic.ask(topic.storeFrame(0n, 2n));
    expect(topic.send('b', 2n)).toEqual(repeated);
    expect(topic.ask(topic.deleteFrame(1n))).toEqual({ status: 0, body: NOTHING });
    expect(topic.storedOffset()).toBe(0n);
  });

  test('after it was refused is done', () => {
    const topic = topicOf();
    expect(topic.ask(topic.storeFrame(0n, 1n)).status).toBe(STATUS.InvalidOffset);
    expect(topic.ask(topic.deleteFrame(2n)).status).toBe(STATUS.ConsumerOffsetNotFound);
    topic.send('a', 3n);
    topic.ask(topic.storeFrame(0n, 1n));
    expect(topic.storedOffset()).toBe(0n);
    topic.ask(topic.deleteFrame(2n));
    expect(topic.storedOffset()).toBeUndefined();
  });

  test('and wants no acknowledgement is done again', () => {
    const topic = topicOf();
    for (const request of [1n, 2n]) topic.send('x', request);
    topic.ask(topic.storeFrame(1n, 3n, 0));
    topic.ask(topic.storeFrame(0n, 3n, 0));
    expect(topic.storedOffset()).toBe(0n);
    // Nor does it make a number known, or find one that is.
    topic.ask(topic.storeFrame(1n, 3n, 1));
    expect(topic.storedOffset()).toBe(1n);
    topic.ask(topic.storeFrame(0n, 3n, 0));
    expect(topic.storedOffset()).toBe(0n);
    expect(topic.broker.core.duplicates).toBe(0);
  });
});

describe('after a restart', () => {
  function restarting(limits: InProcessOptions['limits'] = {}) {
    const directory = temporaryDirectory();
    let storage: SqliteStorage | undefined;
    const open = () => {
      storage?.close();
      storage = openStorage(directory);
      return new Fixture({ storage, limits });
    };
    onTestFinished(() => storage?.close());
    return { first: open().createTopic(), open };
  }

  test('a repeated send is still told, by whichever kind of request comes first', () => {
    const { first, open } = restarting();
    const frames = [first.sendFrame('a', 1n), first.sendFrame('b', 0xffff_ffff_ffff_ff00n)];
    for (const frame of frames) expect(first.ask(frame).status).toBe(0);

    const second = open();
    expect(second.ask(second.storeFrame(1n, 0xffff_ffff_ffff_ff01n)).status).toBe(0);
    for (const frame of frames) expect(second.ask(frame)).toEqual({ status: 0, body: NOTHING });
    expect(second.stored()).toEqual(['a', 'b']);
    expect(second.send('c', 0xffff_ffff_ffff_fef0n)).toEqual(stored(2n));
    expect(second.broker.core.duplicates).toBe(2);
  });

  test('what the crash took with it is done when it is repeated', () => {
    const { first, open } = restarting();
    const frame = first.sendFrame('a', 1n);
    first.broker.core.receive(first.client.id, frame);
    const second = open();
    expect(resultOf(commands.sendMessages, second.client.answer(frame))).toEqual(stored(0n));
  });

  test('a purge leaves nothing to be recalled', () => {
    const { first, open } = restarting();
    first.send('a', 1n);
    first.purge();
    expect(open().send('a', 1n)).toEqual(stored(0n));
  });

  test('clients are recalled in the order of their last writes', () => {
    const { first, open } = restarting({ dedupClientsMax: 2 });
    const other = first.broker.client(7n);
    other.answer(first.sendFrame('other', 1n));
    first.send('a', 1n);

    const second = open();
    second.broker.client(8n).answer(second.sendFrame('third', 1n));
    expect(second.send('a', 1n)).toEqual(repeated);
    second.broker.client(7n).answer(second.sendFrame('other', 1n));
    expect(second.stored()).toEqual(['other', 'a', 'third', 'other']);
  });

  test(`a send that ${RECALLED_BATCHES_MAX} others followed is not told any more, one less is`, () => {
    const { first, open } = restarting();
    const other = first.broker.client(7n);
    const followed = (partition: number, times: number): void => {
      first.send('repeated', 1n, { partition });
      for (let sent = 1; sent <= times; sent += 1) {
        other.answer(first.sendFrame('x', BigInt(sent), partition));
      }
    };
    followed(0, RECALLED_BATCHES_MAX);
    followed(1, RECALLED_BATCHES_MAX - 1);
    const second = open();
    expect(second.send('repeated', 1n)).toEqual(stored(BigInt(RECALLED_BATCHES_MAX) + 1n));
    expect(second.send('repeated', 1n, { partition: 1 })).toEqual(repeated);
  });
});
