import { encodeBatch, sendMessages, STATUS } from '../iggy-protocol/index.ts';
import type { Clock } from '../utils/clock.ts';
import { type Calls, encodeOrRefuse } from './calls.ts';
import type { SessionRequest } from './connection/session.ts';
import { type Destination, destinationKey } from './destination.ts';
import { IggyError } from './errors.ts';
import type { ClientEventListener } from './events.ts';
import type { Attempt, FlightParts } from './flight.ts';
import { type BatchLimits, type LaneLimits, Lanes, type Load } from './lanes.ts';
import { LruMap } from './lru-map.ts';
import { messagesBytes } from './parcel.ts';
import { keyPartition, RoundRobin } from './partitioner.ts';
import type { LateRequest, PoolOutcome } from './pool.ts';
import type { OutgoingMessage, Partitioning, SendRequest, SendResult } from './port.ts';
import { recoverSend } from './recover-send.ts';
import { topicKey, type Topology } from './topology.ts';
import { named } from './views.ts';

export interface SenderOptions {
  readonly carry: (request: LateRequest) => Promise<PoolOutcome>;
  readonly calls: Calls;
  readonly topology: Topology;
  readonly limits: LaneLimits;
  readonly batch: BatchLimits;
  readonly clock: Clock;
  readonly gather: (() => Promise<void>) | undefined;
  readonly tooLate: (signal: AbortSignal) => IggyError;
  /** Topics whose turn is remembered. */
  readonly topicsMax: number;
  /** Partitions whose end, as far as we saw it, is remembered. */
  readonly partitionsMax: number;
  readonly onEvent: ClientEventListener;
}

/** Where a send goes, and how many partitions its topic had when that was decided. */
interface Place extends Destination {
  /** Undefined if it did not matter. */
  readonly partitionsCount: number | undefined;
}

const KEY_BYTES_MAX = 255;
const NO_HEADERS = Buffer.alloc(0);

/** The way of a send: partition, lane, session. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #lanes: Lanes;
  readonly #roundRobin: RoundRobin;
  /** By partition: the offset behind our last confirmed message. */
  readonly #ends: LruMap<string, bigint>;

  constructor(options: SenderOptions) {
    const { topicsMax, partitionsMax } = options;
    this.#options = options;
    this.#lanes = new Lanes({
      ...options,
      flightParts: (destination) => this.#flightParts(destination),
    });
    this.#roundRobin = new RoundRobin(topicsMax);
    this.#ends = new LruMap(partitionsMax);
  }

  /** @throws IggyError */
  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    checkRequest(request);
    const { messages } = request;
    const load = { bytes: messagesBytes(messages), signal };
    const place = await this.#place(request, load);
    try {
      return await this.#lanes.send(place, messages, load);
    } catch (error) {
      // Stream, topic or partition is not there (iggy-vsr-0.11 §3.5): what we know may be outdated.
      const moved = isNotFound(error) ? await this.#moved(request, place, load) : undefined;
      if (moved === undefined) throw error;
      return this.#lanes.send(moved, messages, load);
    }
  }

  async #place(request: SendRequest, load: Load): Promise<Place> {
    const { stream, topic, partitioning } = request;
    if (partitioning.kind === 'partition') {
      return {
        stream,
        topic,
        partitionId: partitioning.partitionId,
        partitionsCount: undefined,
      };
    }
    const partitionsCount = await this.#options.topology.partitionsCount(request, load);
    if (partitionsCount === undefined || partitionsCount === 0) {
      // In the broker's words, which do not tell what of it is missing either.
      throw new IggyError('refused', 'there is no such topic, or it has no partitions', {
        code: STATUS.ResourceNotFound,
      });
    }
    const partitionId = this.#choose(request, partitioning, partitionsCount);
    return { stream, topic, partitionId, partitionsCount };
  }

  #choose(
    { stream, topic }: SendRequest,
    partitioning: Exclude<Partitioning, { kind: 'partition' }>,
    partitionsCount: number,
  ): number {
    switch (partitioning.kind) {
      case 'key':
        return keyPartition(partitioning.key, partitionsCount);
      case 'balanced':
        return this.#roundRobin.choose(
          topicKey({ stream, topic }),
          partitionsCount,
          (partitionId) => this.#lanes.ahead({ stream, topic, partitionId }),
        );
    }
  }

  /** Where the send belongs if the topic is there and has another number of partitions than we thought. */
  async #moved(
    request: SendRequest,
    { partitionsCount: doubted }: Place,
    load: Load,
  ): Promise<Place | undefined> {
    if (doubted === undefined) return undefined;
    const partitionsCount = await this.#options.topology.partitionsCount(request, load, doubted);
    const outdated = partitionsCount !== undefined && partitionsCount !== doubted;
    return outdated ? this.#place(request, load) : undefined;
  }

  #flightParts(destination: Destination): FlightParts {
    const { carry, tooLate } = this.#options;
    return {
      carry,
      tooLate,
      pack: (messages, attempt) => this.#pack(destination, messages, attempt),
      stored: (baseOffset, messagesCount) =>
        this.#ends.set(destinationKey(destination), baseOffset + BigInt(messagesCount)),
    };
  }

  #pack(
    destination: Destination,
    messages: readonly OutgoingMessage[],
    { signal, progress }: Attempt,
  ): SessionRequest {
    const { calls, onEvent } = this.#options;
    const { stream, topic, partitionId } = destination;
    const { operation, code, body } = calls.encode(sendMessages, {
      stream: named(stream),
      topic: named(topic),
      partitioning: { kind: 'partition_id', value: partitionId },
      messagesCount: messages.length,
      batch: encodeMessages(messages),
    });
    const fromOffset = this.#ends.get(destinationKey(destination));
    const recovery = recoverSend({ destination, messages, fromOffset, signal }, calls);
    this.#roundRobin.departed(topicKey(destination), partitionId);
    onEvent({ kind: 'batch-sent', messagesCount: messages.length });
    return { operation, code, body, signal, recovery, progress };
  }
}

function encodeMessages(messages: readonly OutgoingMessage[]): Buffer {
  return encodeOrRefuse(() =>
    encodeBatch(
      messages.map(({ id, originTimestampMicros, payload, userHeaders }) => ({
        id,
        originTimestamp: originTimestampMicros,
        payload,
        userHeaders: userHeaders ?? NO_HEADERS,
      })),
    ),
  );
}

function isNotFound(error: unknown): boolean {
  return (
    error instanceof IggyError && error.kind === 'refused' && error.code === STATUS.ResourceNotFound
  );
}

function checkRequest({ messages, partitioning }: SendRequest): void {
  if (messages.length === 0) {
    const code = STATUS.InvalidMessagesCount;
    throw new IggyError('refused', 'a send needs a message', { code, local: true });
  }
  if (partitioning.kind !== 'key') return;
  const bytes = Buffer.byteLength(partitioning.key, 'utf8');
  if (bytes < 1 || bytes > KEY_BYTES_MAX) {
    const message = `a key has 1..=${KEY_BYTES_MAX} bytes, not ${bytes}`;
    const code = STATUS.InvalidKeyValueLength;
    throw new IggyError('refused', message, { code, local: true });
  }
}
