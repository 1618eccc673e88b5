import { decodeBody, encodeBatch, sendMessages, STATUS } from '../iggy-protocol/index.ts';
import { type Calls, encodeOrRefuse, readReply } from './calls.ts';
import { type Carrier, deliver, type Delivery } from './deliver.ts';
import { IggyError } from './errors.ts';
import type { Lanes, Load } from './lanes.ts';
import { LruMap } from './lru-map.ts';
import { keyPartition, type RoundRobin } from './partitioner.ts';
import type { Partitioning, SendRequest, SendResult } from './port.ts';
import { topicKey, type Topology } from './topology.ts';
import { recoverSend } from './recover-send.ts';
import { named } from './views.ts';

export interface SenderOptions {
  readonly carrier: Carrier;
  readonly calls: Calls;
  readonly lanes: Lanes;
  readonly topology: Topology;
  readonly roundRobin: RoundRobin;
  /** Partitions whose end, as far as we saw it, is remembered. */
  readonly partitionsMax: number;
}

/** Where a send goes, and how many partitions its topic had when that was decided. */
interface Place {
  readonly partitionId: number;
  /** Undefined if it did not matter. */
  readonly partitionsCount: number | undefined;
}

/** Bytes of a message besides payload and user headers (iggy-vsr-0.11 §5.2). */
const MESSAGE_HEADER_BYTES = 48;
const KEY_BYTES_MAX = 255;
const NO_HEADERS = Buffer.alloc(0);

/** The way of a send: partition, lane, session. */
export class Sender {
  readonly #options: SenderOptions;
  /** By partition: the offset behind our last confirmed message. */
  readonly #ends: LruMap<string, bigint>;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#ends = new LruMap(options.partitionsMax);
  }

  /** @throws IggyError */
  async send(request: SendRequest, signal: AbortSignal): Promise<SendResult> {
    checkRequest(request);
    const load = { bytes: messagesBytes(request), signal };
    const place = await this.#place(request, load);
    const delivery = await this.#carry(request, place, load);
    if (delivery.kind === 'answered') return this.#readResult(request, delivery.payload, place);
    if (delivery.error.code !== STATUS.ResourceNotFound) throw delivery.error;

    // Stream, topic or partition is not there (iggy-vsr-0.11 §3.5): what we know may be outdated.
    const moved = await this.#moved(request, place, load);
    if (moved === undefined) throw delivery.error;
    const second = await this.#carry(request, moved, load);
    if (second.kind === 'failed') throw second.error;
    return this.#readResult(request, second.payload, moved);
  }

  async #place(request: SendRequest, load: Load): Promise<Place> {
    const { partitioning } = request;
    if (partitioning.kind === 'partition') {
      return { partitionId: partitioning.partitionId, partitionsCount: undefined };
    }
    const partitionsCount = await this.#options.topology.partitionsCount(request, load);
    if (partitionsCount === undefined || partitionsCount === 0) {
      // In the broker's words, which do not tell what of it is missing either.
      throw new IggyError('refused', 'there is no such topic, or it has no partitions', {
        code: STATUS.ResourceNotFound,
      });
    }
    const partitionId = this.#choose(request, partitioning, partitionsCount);
    return { partitionId, partitionsCount };
  }

  #choose(
    request: SendRequest,
    partitioning: Exclude<Partitioning, { kind: 'partition' }>,
    partitionsCount: number,
  ): number {
    switch (partitioning.kind) {
      case 'key':
        return keyPartition(partitioning.key, partitionsCount);
      case 'balanced':
        return this.#options.roundRobin.next(topicKey(request), partitionsCount);
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

  #carry(request: SendRequest, { partitionId }: Place, load: Load): Promise<Delivery> {
    const { lanes, carrier, calls } = this.#options;
    const { signal } = load;
    const key = partitionKey(request, partitionId);
    return lanes.run(key, load, () => {
      const { operation, code, body } = this.#encode(request, partitionId);
      const lost = { request, partitionId, fromOffset: this.#ends.get(key), signal };
      const recovery = recoverSend(lost, calls);
      return deliver(carrier, { operation, code, body, signal, recovery }, 'write');
    });
  }

  /** No confirmation means that the broker knows the batch already and does not tell where it is. */
  #readResult(request: SendRequest, payload: Buffer, { partitionId }: Place): SendResult {
    const { confirmations } = readReply('write', () => decodeBody(sendMessages.response, payload));
    const [stored] = confirmations;
    if (stored !== undefined) {
      const end = stored.baseOffset + BigInt(request.messages.length);
      this.#ends.set(partitionKey(request, partitionId), end);
    }
    return {
      partitionId: stored?.partitionId ?? partitionId,
      baseOffset: stored?.baseOffset,
    };
  }

  #encode({ stream, topic, messages }: SendRequest, partitionId: number) {
    const batch = encodeOrRefuse(() =>
      encodeBatch(
        messages.map(({ id, originTimestampMicros, payload, userHeaders }) => ({
          id,
          originTimestamp: originTimestampMicros,
          payload,
          userHeaders: userHeaders ?? NO_HEADERS,
        })),
      ),
    );
    return this.#options.calls.encode(sendMessages, {
      stream: named(stream),
      topic: named(topic),
      partitioning: { kind: 'partition_id', value: partitionId },
      messagesCount: messages.length,
      batch,
    });
  }
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

function messagesBytes({ messages }: SendRequest): number {
  return messages.reduce(
    (sum, { payload, userHeaders }) =>
      sum + MESSAGE_HEADER_BYTES + payload.length + (userHeaders?.length ?? 0),
    0,
  );
}

function partitionKey(request: SendRequest, partitionId: number): string {
  return `${partitionId}/${topicKey(request)}`;
}
