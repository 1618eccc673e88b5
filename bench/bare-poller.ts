import {
  commands,
  encodeBody,
  HEADER_BYTES,
  type PollingStrategy,
} from '../src/iggy-protocol/index.ts';
import { BareConnection } from './bare-connection.ts';
import type { PreparedBatch } from './bare-sender.ts';
import type { Place } from './broker-view.ts';

/** In a reply to a poll (iggy-vsr-0.11 §3.5). */
const CURRENT_OFFSET_AT = HEADER_BYTES + 4;
const COUNT_AT = HEADER_BYTES + 12;
const RECORD_AT = HEADER_BYTES + 16;
/** In a batch record (iggy-vsr-0.11 §5.1). */
const BASE_OFFSET_AT = 8;
const MESSAGES_AT = 256;
/** In a poll, before its end: the offset to read from. */
const POLLED_OFFSET_BEFORE_END = 13;

/** The least that polling takes: pages of one batch over one socket, each held to what was appended. */
export class BarePoller {
  readonly #connection: BareConnection;
  readonly #frame: Buffer;
  readonly #batch: PreparedBatch;
  readonly #batches: number;

  /** Of a partition that holds `batch`, and nothing else, so many times. */
  static async open(
    connectionString: string,
    place: Place,
    partitionId: number,
    batch: PreparedBatch,
    batches: number,
  ): Promise<BarePoller> {
    const connection = await BareConnection.open(connectionString);
    const strategy: PollingStrategy = { kind: 'offset', value: 0n };
    const { code, operation, request } = commands.pollMessages;
    const body = encodeBody(request, {
      consumer: { kind: 'consumer', id: { kind: 'numeric', value: 1 } },
      stream: { kind: 'string', value: place.stream },
      topic: { kind: 'string', value: place.topic },
      partition: partitionId,
      strategy,
      count: batch.count,
      autoCommit: false,
    });
    return new BarePoller(connection, connection.prepare(operation, code, body), batch, batches);
  }

  private constructor(
    connection: BareConnection,
    frame: Buffer,
    batch: PreparedBatch,
    batches: number,
  ) {
    this.#connection = connection;
    this.#frame = frame;
    this.#batch = batch;
    this.#batches = batches;
  }

  /** From the first to the last, and again from the first while `goOn` says so; calls `read` for each page. */
  poll(goOn: () => boolean, read: () => void): Promise<void> {
    let pages = 0;
    const nextOffset = () => BigInt((pages % this.#batches) * this.#batch.count);
    const next = (): Buffer | undefined => {
      if (pages >= this.#batches && !goOn()) return undefined;
      const offsetAt = this.#frame.length - POLLED_OFFSET_BEFORE_END;
      this.#frame.writeBigUInt64LE(nextOffset(), offsetAt);
      return this.#frame;
    };
    return this.#connection.converse(next, (reply) => {
      this.#check(reply, nextOffset());
      pages += 1;
      read();
    });
  }

  close(): void {
    this.#connection.close();
  }

  #check(reply: Buffer, offset: bigint): void {
    const { bytes, count } = this.#batch;
    const isAsSent =
      reply.readUInt32LE(COUNT_AT) === count &&
      reply.readBigUInt64LE(RECORD_AT + BASE_OFFSET_AT) === offset &&
      reply.compare(bytes, MESSAGES_AT, bytes.length, RECORD_AT + MESSAGES_AT) === 0;
    if (!isAsSent) throw new Error(`at offset ${offset} there is something else than was sent`);
    const messages = Number(reply.readBigUInt64LE(CURRENT_OFFSET_AT)) + 1;
    if (messages !== this.#batches * count) {
      throw new Error(`${messages} messages, where ${this.#batches * count} were acknowledged`);
    }
  }
}
