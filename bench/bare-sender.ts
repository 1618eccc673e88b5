import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import {
  commands,
  decodeBody,
  decodeServerFrame,
  encodeBatch,
  encodeBody,
  encodeRequest,
  Operation,
  PROTOCOL_VERSION,
  replyOutcome,
} from '../src/iggy-protocol/index.ts';
import type { Place } from './broker-view.ts';

/** Fields of a frame's header (iggy-vsr-0.11 §1.1 to §1.3). */
const SIZE_AT = 48;
const REQUEST_NUMBER_AT = 168;
const STATUS_AT = 216;

export interface BareTarget {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/**
 * The least that sending takes: one socket, one prepared frame in which only the request's number changes,
 * a look at the status of the reply, and the next one.
 */
export class BareSender {
  readonly #socket: Socket;
  readonly #clientId: bigint;
  #frame: Buffer = Buffer.alloc(0);
  #session = 0n;
  #requestNumber = 0n;
  #received: Buffer = Buffer.alloc(0);
  #onReply: (frame: Buffer) => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  static async open(target: BareTarget, clientId: bigint): Promise<BareSender> {
    const { host, port, username, password } = target;
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    const sender = new BareSender(socket, clientId);
    await sender.#logIn(username, password);
    return sender;
  }

  private constructor(socket: Socket, clientId: bigint) {
    this.#socket = socket;
    this.#clientId = clientId;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#onFailure(error));
    socket.on('end', () => this.#onFailure(new Error('the broker hung up')));
  }

  /** Prepares the frame that `send` repeats: as many messages with these bytes. */
  prepare({ stream, topic }: Place, partitionId: number, count: number, payload: Buffer): void {
    const message = { originTimestamp: 1n, payload, userHeaders: Buffer.alloc(0) };
    const batch = encodeBatch(
      Array.from({ length: count }, (_, index) => ({ ...message, id: BigInt(index + 1) })),
    );
    const body = encodeBody(commands.sendMessages.request, {
      stream: { kind: 'string', value: stream },
      topic: { kind: 'string', value: topic },
      partitioning: { kind: 'partition_id', value: partitionId },
      messagesCount: count,
      batch,
    });
    this.#frame = this.#encode(Operation.SendMessages, 0n, body);
  }

  /** Sends what was prepared again and again while `goOn` says so; calls `stored` for each. */
  send(goOn: () => boolean, stored: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onFailure = reject;
      const next = (): void => {
        this.#requestNumber += 1n;
        this.#frame.writeBigUInt64LE(this.#requestNumber, REQUEST_NUMBER_AT);
        this.#socket.write(this.#frame);
      };
      this.#onReply = (reply) => {
        const status = reply.readUInt32LE(STATUS_AT);
        if (status !== 0) return reject(new Error(`the broker refused a send with ${status}`));
        stored();
        if (goOn()) next();
        else resolve();
      };
      next();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #logIn(username: string, password: string): Promise<void> {
    const software = { protocolVersion: PROTOCOL_VERSION, sdkName: 'bench', sdkVersion: '0' };
    const request = { ...software, username, password, context: null };
    const body = encodeBody(commands.login.request, request);
    const reply = await new Promise<Buffer>((resolve, reject) => {
      this.#onReply = resolve;
      this.#onFailure = reject;
      this.#socket.write(this.#encode(Operation.Register, 0n, body));
    });
    const frame = decodeServerFrame(reply);
    const outcome = frame.kind === 'reply' ? replyOutcome(frame.header, frame.body) : undefined;
    if (!outcome?.ok) throw new Error('the broker does not let us in');
    this.#session = decodeBody(commands.login.response, outcome.payload).session;
  }

  #encode(operation: number, request: bigint, body: Buffer): Buffer {
    return encodeRequest(
      {
        client: this.#clientId,
        requestChecksum: 0n,
        timestamp: 0n,
        request,
        operation,
        session: this.#session,
        userId: 0,
        code: null,
      },
      body,
    );
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const whole = bytes.length >= SIZE_AT + 4 && bytes.length >= bytes.readUInt32LE(SIZE_AT);
    this.#received = whole ? Buffer.alloc(0) : bytes;
    if (whole) this.#onReply(bytes);
  }
}
