import {
  commands,
  EMPTY,
  type PolledMessage,
  type PollMessagesResponse,
  readRecords,
  WireError,
} from '../iggy-protocol/index.ts';
import { Calls, readReply } from './calls.ts';
import { CircuitGuard } from './circuit-guard.ts';
import type { Effect } from './deliver.ts';
import { IggyError } from './errors.ts';
import type { ResolvedOptions } from './options.ts';
import { Pool } from './pool.ts';
import type {
  BrokerStats,
  CallOptions,
  ConnectionStatus,
  ConsumerOffset,
  IggyClient,
  NewTopic,
  OffsetTarget,
  PollRequest,
  PollResult,
  SendRequest,
  SendResult,
  Stream,
  Topic,
} from './port.ts';
import { Sender } from './sender.ts';
import { Topology, type TopicName } from './topology.ts';
import { named, toMessage, toOptions, toStats, toStream, toTopic } from './views.ts';

/** The port, on a pool of sessions: what each call means in commands, and that `stop` waits for them. */
export class ResilientClient implements IggyClient {
  readonly #options: ResolvedOptions;
  readonly #circuit: CircuitGuard;
  readonly #pool: Pool;
  readonly #calls: Calls;
  readonly #topology: Topology;
  readonly #sender: Sender;
  /** Calls that have not settled. */
  #underWay = 0;
  #onIdle: () => void = () => {};
  #stopping: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#circuit = new CircuitGuard({ ...options, policy: options.breaker });
    this.#pool = createPool(options, this.#circuit);
    this.#calls = new Calls(this.#pool, options.limits.frameBytesMax);
    const tooLate = (signal: AbortSignal): IggyError => this.#pool.tooLate(signal);
    this.#topology = new Topology({
      clock: options.clock,
      ttlMs: options.metadataTtlMs,
      topicsMax: options.limits.topicsMax,
      waiting: options.limits.waiting,
      lookUp: async (name, signal) => (await this.#findTopic(name, signal))?.topic.partitionsCount,
      tooLate,
    });
    this.#sender = new Sender({
      carry: (late) => this.#pool.carry(late),
      calls: this.#calls,
      topology: this.#topology,
      limits: options.limits.lanes,
      batch: options.batch,
      clock: options.clock,
      gather: options.gather,
      tooLate,
      topicsMax: options.limits.topicsMax,
      partitionsMax: options.limits.partitionsMax,
      onEvent: options.onEvent,
    });
  }

  start(): void {
    this.#pool.start();
  }

  stop(patienceMs = this.#options.stopDeadlineMs): Promise<void> {
    return (this.#stopping ??= this.#stop(patienceMs));
  }

  status(): ConnectionStatus {
    return { ...this.#pool.status, circuit: this.#circuit.state };
  }

  ping({ signal }: CallOptions): Promise<void> {
    return this.#run(signal, async () => {
      await this.#calls.call(commands.ping, EMPTY, 'read', signal);
    });
  }

  getStats({ signal }: CallOptions): Promise<BrokerStats> {
    return this.#run(signal, async () =>
      toStats(await this.#calls.call(commands.getStats, EMPTY, 'read', signal)),
    );
  }

  listStreams({ signal }: CallOptions): Promise<Stream[]> {
    return this.#run(signal, async () => {
      const { streams } = await this.#calls.call(commands.getStreams, EMPTY, 'read', signal);
      return streams.map(toStream);
    });
  }

  getStream(stream: string, { signal }: CallOptions): Promise<Stream | undefined> {
    return this.#run(signal, async () => {
      const found = await this.#findStream(stream, signal);
      return found === null ? undefined : toStream(found.stream);
    });
  }

  createStream(name: string, { signal }: CallOptions): Promise<Stream> {
    return this.#run(signal, async () => {
      const request = { name, options: [] };
      return toStream(await this.#calls.call(commands.createStream, request, 'write', signal));
    });
  }

  deleteStream(stream: string, { signal }: CallOptions): Promise<void> {
    return this.#run(signal, async () => {
      const request = { stream: named(stream) };
      await this.#calls.call(commands.deleteStream, request, 'write', signal);
      this.#topology.forgetStream(stream);
    });
  }

  listTopics(stream: string, { signal }: CallOptions): Promise<Topic[] | undefined> {
    return this.#run(signal, async () => {
      // Not get_topics: of a missing stream it says that it has none (iggy-vsr-0.11 §3.3).
      const found = await this.#findStream(stream, signal);
      return found?.topics.map(toTopic);
    });
  }

  getTopic(stream: string, topic: string, { signal }: CallOptions): Promise<Topic | undefined> {
    return this.#run(signal, async () => {
      const found = await this.#findTopic({ stream, topic }, signal);
      return found === null ? undefined : toTopic(found.topic);
    });
  }

  createTopic(stream: string, newTopic: NewTopic, { signal }: CallOptions): Promise<Topic> {
    return this.#run(signal, async () => {
      const { name, partitionsCount } = newTopic;
      const options = toOptions(newTopic.options);
      const request = { stream: named(stream), name, partitionsCount, options };
      const created = await this.#calls.call(commands.createTopic, request, 'write', signal);
      this.#topology.forget({ stream, topic: name });
      return toTopic(created.topic);
    });
  }

  deleteTopic(stream: string, topic: string, { signal }: CallOptions): Promise<void> {
    return this.#run(signal, async () => {
      const request = { stream: named(stream), topic: named(topic) };
      await this.#calls.call(commands.deleteTopic, request, 'write', signal);
      this.#topology.forget({ stream, topic });
    });
  }

  send(request: SendRequest, { signal }: CallOptions): Promise<SendResult> {
    return this.#run(signal, () => this.#sender.send(request, signal));
  }

  poll(request: PollRequest, { signal }: CallOptions): Promise<PollResult> {
    return this.#run(signal, async () => {
      // A committing poll is no read: its repetition would return the next page.
      const effect: Effect = request.autoCommit ? 'write' : 'read';
      const wireRequest = toPollMessages(request);
      const page = await this.#calls.call(commands.pollMessages, wireRequest, effect, signal);
      const messages = readReply(effect, () => readPage(page));
      const { partition: partitionId, currentOffset } = page;
      return { partitionId, currentOffset, messages: messages.map(toMessage) };
    });
  }

  getConsumerOffset(
    target: OffsetTarget,
    { signal }: CallOptions,
  ): Promise<ConsumerOffset | undefined> {
    return this.#run(signal, async () => {
      const request = toWireTarget(target);
      const found = await this.#calls.call(commands.getConsumerOffset, request, 'read', signal);
      if (found === null) return undefined;
      const { storedOffset, currentOffset } = found;
      return { storedOffset, currentOffset };
    });
  }

  storeConsumerOffset(
    target: OffsetTarget,
    offset: bigint,
    { signal }: CallOptions,
  ): Promise<void> {
    return this.#run(signal, async () => {
      const request = { ...toWireTarget(target), offset, ack: ACK_QUORUM };
      await this.#calls.call(commands.storeConsumerOffset, request, 'write', signal);
    });
  }

  deleteConsumerOffset(target: OffsetTarget, { signal }: CallOptions): Promise<void> {
    return this.#run(signal, async () => {
      const request = { ...toWireTarget(target), ack: ACK_QUORUM };
      await this.#calls.call(commands.deleteConsumerOffset, request, 'write', signal);
    });
  }

  #findStream(stream: string, signal: AbortSignal) {
    return this.#calls.call(commands.getStream, { stream: named(stream) }, 'read', signal);
  }

  #findTopic({ stream, topic }: TopicName, signal: AbortSignal) {
    const request = { stream: named(stream), topic: named(topic) };
    return this.#calls.call(commands.getTopic, request, 'read', signal);
  }

  async #run<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    if (this.#stopping !== undefined) throw new IggyError('closed', 'the client was stopped');
    this.#underWay += 1;
    try {
      return await this.#circuit.run(signal, work);
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#onIdle();
    }
  }

  async #stop(patienceMs: number): Promise<void> {
    await this.#idle(patienceMs);
    await this.#pool.stop();
  }

  /** Until nothing is under way, or there is no patience left for it. */
  #idle(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const deadline = this.#options.clock.after(patienceMs, resolve);
      this.#onIdle = () => {
        deadline.cancel();
        resolve();
      };
      if (this.#underWay === 0) this.#onIdle();
    });
  }
}

function createPool(options: ResolvedOptions, circuit: CircuitGuard): Pool {
  const { clock, dial, limits, credentials, software, loginDeadlineMs } = options;
  return new Pool({
    ...options,
    circuit,
    size: options.poolSize,
    waiting: limits.waiting,
    session: {
      ...options,
      clock,
      dial,
      frameBytesMax: limits.frameBytesMax,
      login: { credentials, software, deadlineMs: loginDeadlineMs },
    },
  });
}

/** Answered once it is replicated, as official clients ask for it (iggy-vsr-0.11 §3.6). */
const ACK_QUORUM = 1 as const;

function toWireTarget({ stream, topic, partitionId, consumerId }: OffsetTarget) {
  return {
    consumer: { kind: 'consumer', id: { kind: 'numeric', value: consumerId } },
    stream: named(stream),
    topic: named(topic),
    partition: partitionId,
  } as const;
}

/** What is missing must not go unnoticed: the caller would go on behind it (iggy-vsr-0.11 §3.5). */
function readPage({ records, messagesCount }: PollMessagesResponse): PolledMessage[] {
  const messages = readRecords(records);
  if (messages.length === messagesCount) return messages;
  throw new WireError(`${messages.length} messages, where the reply declares ${messagesCount}`);
}

function toPollMessages({ from, count, autoCommit, ...target }: PollRequest) {
  return {
    ...toWireTarget(target),
    strategy: { kind: from.kind, value: from.kind === 'offset' ? from.offset : 0n },
    count,
    autoCommit,
  } as const;
}
