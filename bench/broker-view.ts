import { randomBytes } from 'node:crypto';

import { parseConfig } from '../src/config/config.ts';
import { createIggyClient, type IggyClient } from '../src/iggy-client/index.ts';
import { readId } from './requests.ts';

export interface Place {
  readonly stream: string;
  readonly topic: string;
  readonly partitionsCount: number;
}

/** What a measurement has sent and was told to be stored. */
export interface Acknowledged {
  /** The first part of the ids; undefined: they tell nothing, and are not read. */
  readonly prefix: string | undefined;
  /** Their numbers are 1 to this. */
  readonly messages: number;
}

const PAGE_MESSAGES = 1000;
/** Of one measurement; reading takes its time. What is beyond this is counted, not read. */
const READ_MESSAGES_MAX = 100_000;
const PATIENCE_MS = 60_000;

/** The broker without the gateway: what it really holds. */
export class BrokerView {
  readonly client: IggyClient;

  constructor(connectionString: string) {
    const { broker } = parseConfig({ IGGY_CONNECTION_STRING: connectionString });
    if (broker.kind !== 'remote') throw new Error('this names no broker');
    const { addresses, credentials, tls } = broker;
    const software = { name: 'bench', version: '0' };
    this.client = createIggyClient({ addresses, credentials, tls, software, randomBytes });
    this.client.start();
  }

  async create(place: Place): Promise<void> {
    await this.client.createStream(place.stream, patience());
    await this.createTopic(place);
  }

  async createTopic({ stream, topic: name, partitionsCount }: Place): Promise<void> {
    await this.client.createTopic(stream, { name, partitionsCount, options: {} }, patience());
  }

  /** Of each partition the offset behind its last message. */
  ends(place: Place): Promise<number[]> {
    return Promise.all(
      Array.from({ length: place.partitionsCount }, async (_, partitionId) => {
        const { messages, currentOffset } = await this.#page(place, partitionId, 0, 1);
        return messages.length === 0 ? 0 : Number(currentOffset) + 1;
      }),
    );
  }

  /**
   * Holds the broker to it that since `before` exactly what was acknowledged was added: by count, by the
   * topic's own total, and by the ids, each once, as far as they are read.
   */
  async check(place: Place, before: readonly number[], sent: Acknowledged): Promise<void> {
    const ends = await this.ends(place);
    const added = sum(ends) - sum(before);
    expectEqual('messages were added', added, sent.messages);
    const topic = await this.client.getTopic(place.stream, place.topic, patience());
    expectEqual('messages are in the topic', Number(topic?.messagesCount), sum(ends));
    if (sent.prefix !== undefined) await this.#checkIds(place, before, ends, sent);
  }

  async stop(): Promise<void> {
    await this.client.stop();
  }

  async #checkIds(
    place: Place,
    before: readonly number[],
    ends: readonly number[],
    { prefix, messages }: Acknowledged,
  ): Promise<void> {
    const seen = new Uint8Array(messages + 1);
    let read = 0;
    for (const [partitionId, start] of before.entries()) {
      const readMax = Math.floor(READ_MESSAGES_MAX / place.partitionsCount);
      const end = Math.min(ends[partitionId] ?? 0, start + readMax);
      for (let offset = start; offset < end;) {
        const count = Math.min(PAGE_MESSAGES, end - offset);
        const page = await this.#page(place, partitionId, offset, count);
        for (const { payload } of page.messages) markSeen(seen, payload, prefix ?? '');
        if (page.messages.length === 0) throw new Error(`nothing at offset ${offset}`);
        offset += page.messages.length;
        read += page.messages.length;
      }
    }
    expectEqual('different events were read', sum([...seen]), read);
  }

  #page(place: Place, partitionId: number, offset: number, count: number) {
    const from = { kind: 'offset', offset: BigInt(offset) } as const;
    const request = { ...place, partitionId, consumerId: 1, from, count, autoCommit: false };
    return this.client.poll(request, patience());
  }
}

function markSeen(seen: Uint8Array, payload: Buffer, prefix: string): void {
  // The id is the event's first member: `{"id":"…`.
  const id = readId(payload.toString('latin1', 7, 43));
  if (id.prefix !== prefix || !(id.number >= 1 && id.number < seen.length)) {
    throw new Error(`the broker holds what nobody sent: ${payload.toString('utf8', 0, 80)}`);
  }
  seen[id.number] = 1;
}

function expectEqual(what: string, found: number, wanted: number): void {
  if (found !== wanted) throw new Error(`${found} ${what}, where ${wanted} were acknowledged`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function patience(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(PATIENCE_MS) };
}
