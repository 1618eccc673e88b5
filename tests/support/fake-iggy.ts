import { IggyError } from '../../src/iggy-client/errors.ts';
import type {
  BrokerStats,
  ConnectionStatus,
  ConsumerOffset,
  IggyClient,
  NewTopic,
  OffsetTarget,
  PollRequest,
  PollResult,
  ReceivedMessage,
  SendRequest,
  SendResult,
  Stream,
  Topic,
} from '../../src/iggy-client/port.ts';

interface StoredTopic {
  topic: Topic;
  /** By partition. */
  messages: ReceivedMessage[][];
}

const NOW_MICROS = 1_795_000_000_000_000n;
const READY: ConnectionStatus = {
  state: 'ready',
  sinceMicros: NOW_MICROS,
  attempts: 0,
  serverVersion: '0.9.0',
  lastFailure: undefined,
  permanentFailure: false,
  circuit: 'closed',
};

/** Names of the calls that ask the broker something. */
export type FakeCall = Exclude<keyof IggyClient, 'start' | 'stop' | 'status'>;

/**
 * The port without a broker: streams and topics in memory, and for each call whatever failure a test
 * wants. Refuses as a real server does; everything is stored in partition 0.
 */
export class FakeIggy implements IggyClient {
  connection: ConnectionStatus = READY;
  /** Calls that reject, and with what; before they do anything. */
  readonly failures = new Map<FakeCall, Error>();
  /** Every call, in order. */
  readonly calls: FakeCall[] = [];
  readonly sends: SendRequest[] = [];
  readonly polls: PollRequest[] = [];
  readonly signals: AbortSignal[] = [];
  started = false;
  stopped = false;
  readonly #streams = new Map<string, { stream: Stream; topics: Map<string, StoredTopic> }>();
  /** The last message each consumer has committed, by its place. */
  readonly #offsets = new Map<string, bigint>();

  /** What was asked until now does not count. */
  forgetCalls(): void {
    this.calls.length = 0;
    this.signals.length = 0;
  }

  start(): void {
    this.started = true;
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }

  status(): ConnectionStatus {
    return this.connection;
  }

  async ping({ signal }: { signal: AbortSignal }): Promise<void> {
    this.#begin('ping', signal);
  }

  async getStats({ signal }: { signal: AbortSignal }): Promise<BrokerStats> {
    this.#begin('getStats', signal);
    return {
      streamsCount: this.#streams.size,
      topicsCount: 2,
      partitionsCount: 3,
      messagesCount: 4n,
      messagesSizeBytes: 5n,
    };
  }

  async listStreams({ signal }: { signal: AbortSignal }): Promise<Stream[]> {
    this.#begin('listStreams', signal);
    return [...this.#streams.values()].map(({ stream }) => stream);
  }

  async getStream(name: string, { signal }: { signal: AbortSignal }): Promise<Stream | undefined> {
    this.#begin('getStream', signal);
    return this.#streams.get(name)?.stream;
  }

  async createStream(name: string, { signal }: { signal: AbortSignal }): Promise<Stream> {
    this.#begin('createStream', signal);
    if (this.#streams.has(name)) throw refused(1012);
    const counts = { topicsCount: 0, sizeBytes: 0n, messagesCount: 0n };
    const stream = { id: this.#streams.size, name, createdAtMicros: NOW_MICROS, ...counts };
    this.#streams.set(name, { stream, topics: new Map() });
    return stream;
  }

  async deleteStream(name: string, { signal }: { signal: AbortSignal }): Promise<void> {
    this.#begin('deleteStream', signal);
    if (!this.#streams.delete(name)) throw refused(1009);
  }

  async listTopics(
    stream: string,
    { signal }: { signal: AbortSignal },
  ): Promise<Topic[] | undefined> {
    this.#begin('listTopics', signal);
    const found = this.#streams.get(stream);
    return found && [...found.topics.values()].map(({ topic }) => topic);
  }

  async getTopic(
    stream: string,
    topic: string,
    { signal }: { signal: AbortSignal },
  ): Promise<Topic | undefined> {
    this.#begin('getTopic', signal);
    return this.#topic(stream, topic)?.topic;
  }

  async createTopic(
    stream: string,
    { name, partitionsCount, options }: NewTopic,
    { signal }: { signal: AbortSignal },
  ): Promise<Topic> {
    this.#begin('createTopic', signal);
    const found = this.#streams.get(stream);
    if (!found) throw refused(1009);
    if (found.topics.has(name)) throw refused(2013);
    const counts = { sizeBytes: 0n, messagesCount: 0n };
    const id = found.topics.size;
    const topic = { id, name, createdAtMicros: NOW_MICROS, partitionsCount, ...counts, options };
    const messages = Array.from({ length: partitionsCount }, () => []);
    found.topics.set(name, { topic, messages });
    return topic;
  }

  async deleteTopic(
    stream: string,
    topic: string,
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    this.#begin('deleteTopic', signal);
    const found = this.#streams.get(stream);
    if (!found) throw refused(1009);
    if (!found.topics.delete(topic)) throw refused(2010);
  }

  async send(request: SendRequest, { signal }: { signal: AbortSignal }): Promise<SendResult> {
    this.#begin('send', signal);
    this.sends.push(request);
    const log = this.#topic(request.stream, request.topic)?.messages[0];
    // Real servers do not say what of it is missing.
    if (!log) throw refused(20);
    const baseOffset = BigInt(log.length);
    const stored = request.messages.map((message, index) => ({
      offset: baseOffset + BigInt(index),
      id: message.id,
      timestampMicros: NOW_MICROS,
      originTimestampMicros: message.originTimestampMicros,
      payload: Buffer.from(message.payload),
      userHeaders: Buffer.from(message.userHeaders ?? []),
    }));
    log.push(...stored);
    return { partitionId: 0, baseOffset };
  }

  async poll(request: PollRequest, { signal }: { signal: AbortSignal }): Promise<PollResult> {
    this.#begin('poll', signal);
    this.polls.push(request);
    const { partitionId, from, count, autoCommit } = request;
    if (!this.#streams.has(request.stream)) throw refused(1009);
    const found = this.#topic(request.stream, request.topic);
    if (!found) throw refused(2010);
    const log = found.messages[partitionId];
    if (!log) throw refused(3007);
    const place = placeOf(request);
    const first = from.kind === 'offset' ? from.offset : (this.#offsets.get(place) ?? -1n) + 1n;
    const messages = log.filter(({ offset }) => offset >= first).slice(0, count);
    const last = messages.at(-1);
    if (autoCommit && last) this.#offsets.set(place, last.offset);
    return { partitionId, currentOffset: log.at(-1)?.offset ?? 0n, messages };
  }

  async getConsumerOffset(
    target: OffsetTarget,
    { signal }: { signal: AbortSignal },
  ): Promise<ConsumerOffset | undefined> {
    this.#begin('getConsumerOffset', signal);
    const found = this.#topic(target.stream, target.topic);
    // Real servers do not say that the topic is missing.
    if (!found) return undefined;
    const log = found.messages[target.partitionId];
    if (!log) throw refused(3007);
    const storedOffset = this.#offsets.get(placeOf(target));
    const currentOffset = log.at(-1)?.offset ?? 0n;
    return storedOffset === undefined ? undefined : { storedOffset, currentOffset };
  }

  async storeConsumerOffset(
    target: OffsetTarget,
    offset: bigint,
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    this.#begin('storeConsumerOffset', signal);
    const log = this.#topic(target.stream, target.topic)?.messages[target.partitionId];
    if (!log) throw refused(20);
    if (offset >= log.length) throw refused(4100);
    this.#offsets.set(placeOf(target), offset);
  }

  async deleteConsumerOffset(
    target: OffsetTarget,
    { signal }: { signal: AbortSignal },
  ): Promise<void> {
    this.#begin('deleteConsumerOffset', signal);
    const log = this.#topic(target.stream, target.topic)?.messages[target.partitionId];
    if (!log) throw refused(20);
    if (!this.#offsets.delete(placeOf(target))) throw refused(3021);
  }

  #topic(stream: string, topic: string): StoredTopic | undefined {
    return this.#streams.get(stream)?.topics.get(topic);
  }

  #begin(call: FakeCall, signal: AbortSignal): void {
    this.calls.push(call);
    this.signals.push(signal);
    const failure = this.failures.get(call);
    if (failure) throw failure;
  }
}

function placeOf({ stream, topic, partitionId, consumerId }: OffsetTarget): string {
  return JSON.stringify([stream, topic, partitionId, consumerId]);
}

export function refused(code: number): IggyError {
  return new IggyError('refused', `refused with ${code}`, { code });
}
