import { type Command, commands, encodeBatch, readRecords } from '../../src/iggy-protocol/index.ts';
import { named, numbered, type Result } from '../../tests/support/broker-client.ts';
import { must } from '../oracle.ts';
import { furnish } from './furnish.ts';
import type { Reserved } from './reading.ts';

/** A client in good standing, in whatever process the broker is. */
export interface Client {
  call<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
  ): Promise<Result<Response>>;
}

const STREAM = 'observed';
const TOPIC = { stream: named(STREAM), topic: named('log') };
const PAGE = 1000;

/**
 * Somebody who sends, polls and is logged in as root while others misbehave, and does not put up with
 * anything: every refusal is an error.
 */
export class Observer {
  #client: Client;
  #streamId = -1;
  /** Messages that were acknowledged; their ids count from 1. */
  #sent = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  get reserved(): Reserved {
    return { stream: { id: this.#streamId, name: STREAM }, user: { id: 0, name: 'iggy' } };
  }

  get sent(): number {
    return this.#sent;
  }

  /** Furnishes the place first, so that the visitors' streams have the low numbers. */
  async moveIn(): Promise<void> {
    await this.restore();
    const { id } = await this.#done(commands.createStream, { name: STREAM, options: [] });
    this.#streamId = id;
    const topic = { stream: TOPIC.stream, name: 'log', partitionsCount: 1, options: [] };
    await this.#done(commands.createTopic, topic);
  }

  /** What visitors have destroyed is there again. */
  async restore(): Promise<void> {
    await furnish((command, request) => this.#client.call(command, request));
  }

  /** Sends one more message, and sees that it is where the others are. */
  async send(): Promise<void> {
    const id = BigInt(this.#sent + 1);
    const message = {
      id,
      originTimestamp: 0n,
      payload: payloadOf(id),
      userHeaders: Buffer.alloc(0),
    };
    const { confirmations } = await this.#done(commands.sendMessages, {
      ...TOPIC,
      partitioning: { kind: 'partition_id', value: 0 },
      messagesCount: 1,
      batch: encodeBatch([message]),
    });
    const offset = BigInt(this.#sent);
    must(confirmations[0]?.baseOffset === offset, `message ${id} is not at offset ${offset}`);
    this.#sent += 1;
    await this.#expect(offset, 1);
  }

  /** Everything it sent is there, and nothing else. */
  async readAll(): Promise<void> {
    for (let from = 0; from < this.#sent; from += PAGE) {
      await this.#expect(BigInt(from), Math.min(PAGE, this.#sent - from));
    }
    must((await this.#poll(BigInt(this.#sent))).length === 0, 'there are messages nobody sent');
  }

  /** The same over another connection, which it keeps. */
  async readAllAs(client: Client): Promise<void> {
    this.#client = client;
    await this.readAll();
  }

  async memoryBytes(): Promise<number> {
    return Number((await this.#done(commands.getStats, {})).memoryUsage);
  }

  /** Whether it is the only client, and no group has a member. */
  async isAlone(): Promise<boolean> {
    const { clients } = await this.#done(commands.getClients, {});
    if (clients.length !== 1) return false;
    const { streams } = await this.#done(commands.getStreams, {});
    for (const { id } of streams) {
      const stream = numbered(id);
      const { topics } = await this.#done(commands.getTopics, { stream });
      for (const topic of topics) {
        const target = { stream, topic: numbered(topic.id) };
        const { groups } = await this.#done(commands.getConsumerGroups, target);
        if (groups.some(({ membersCount }) => membersCount > 0)) return false;
      }
    }
    return true;
  }

  async #expect(offset: bigint, count: number): Promise<void> {
    const found = (await this.#poll(offset)).slice(0, count);
    must(
      found.length === count,
      `of ${count} messages from ${offset} on ${found.length} are there`,
    );
    for (const [index, message] of found.entries()) {
      const id = offset + BigInt(index) + 1n;
      const isIt = message.id === id && payloadOf(id).equals(message.payload);
      must(isIt && message.offset === id - 1n, `at ${message.offset} is not message ${id}`);
    }
  }

  async #poll(offset: bigint) {
    const { records } = await this.#done(commands.pollMessages, {
      ...TOPIC,
      consumer: { kind: 'consumer', id: numbered(1) },
      partition: 0,
      strategy: { kind: 'offset', value: offset },
      count: PAGE,
      autoCommit: false,
    });
    return readRecords(records);
  }

  async #done<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const result = await this.#client.call(command, request);
    if (!result.ok) throw new Error(`the observer's ${command.name} was refused: ${result.code}`);
    return result.value;
  }
}

const payloadOf = (id: bigint): Buffer => Buffer.from(`message ${id}`);
