import { commands, encodeBatch, encodeBody, Operation } from '../src/iggy-protocol/index.ts';
import { BareConnection } from './bare-connection.ts';
import type { Place } from './broker-view.ts';

/** The least that sending takes: the same frame again and again over one socket. */
export class BareSender {
  readonly #connection: BareConnection;
  readonly #frame: Buffer;

  /** To send `batch` to one partition. */
  static async open(
    connectionString: string,
    place: Place,
    partitionId: number,
    { count, bytes }: PreparedBatch,
  ): Promise<BareSender> {
    const connection = await BareConnection.open(connectionString);
    const body = encodeBody(commands.sendMessages.request, {
      stream: { kind: 'string', value: place.stream },
      topic: { kind: 'string', value: place.topic },
      partitioning: { kind: 'partition_id', value: partitionId },
      messagesCount: count,
      batch: bytes,
    });
    return new BareSender(connection, connection.prepare(Operation.SendMessages, null, body));
  }

  private constructor(connection: BareConnection, frame: Buffer) {
    this.#connection = connection;
    this.#frame = frame;
  }

  /** Sends it once, and again while `goOn` says so; calls `stored` for each. */
  send(goOn: () => boolean, stored: () => void): Promise<void> {
    let isFirst = true;
    const next = (): Buffer | undefined => {
      if (!isFirst && !goOn()) return undefined;
      isFirst = false;
      return this.#frame;
    };
    return this.#connection.converse(next, stored);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Messages as they are sent; stored, only the batch's header differs. */
export interface PreparedBatch {
  readonly count: number;
  readonly bytes: Buffer;
}

/** As many messages with these bytes. */
export function prepareBatch(count: number, payload: Buffer): PreparedBatch {
  const message = { originTimestamp: 1n, payload, userHeaders: Buffer.alloc(0) };
  const messages = Array.from({ length: count }, (_, index) => ({
    ...message,
    id: BigInt(index + 1),
  }));
  return { count, bytes: encodeBatch(messages) };
}
