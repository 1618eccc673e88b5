import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { parseConfig } from '../src/config/config.ts';
import {
  commands,
  decodeBody,
  decodeServerFrame,
  encodeBody,
  encodeRequest,
  Operation,
  PROTOCOL_VERSION,
  replyOutcome,
} from '../src/iggy-protocol/index.ts';

/** Fields of a frame's header (iggy-vsr-0.11 §1.1 to §1.3). */
const SIZE_AT = 48;
const REQUEST_NUMBER_AT = 168;
const STATUS_AT = 216;

/**
 * The least that speaking with a broker takes: one socket, prepared frames in which only the request's number
 * changes, a look at the status of the reply, and the next one.
 */
export class BareConnection {
  readonly #socket: Socket;
  readonly #clientId = randomBytes(8).readBigUInt64LE() | 1n;
  #session = 0n;
  #requestNumber = 0n;
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #onReply: (frame: Buffer) => void = () => {};
  #onFailure: (error: Error) => void = () => {};

  static async open(connectionString: string): Promise<BareConnection> {
    const { broker } = parseConfig({ IGGY_CONNECTION_STRING: connectionString });
    if (broker.kind !== 'remote' || broker.tls || !('username' in broker.credentials)) {
      throw new Error('bare sockets speak plain TCP and have a password');
    }
    const [address] = broker.addresses;
    if (address === undefined) throw new Error('there is no broker');
    const socket = connect({ ...address, noDelay: true });
    await once(socket, 'connect');
    const connection = new BareConnection(socket);
    await connection.#logIn(broker.credentials.username, broker.credentials.password);
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#onFailure(error));
    socket.on('end', () => this.#onFailure(new Error('the broker hung up')));
  }

  /** A request of this session. `code`: of a read, else null. */
  prepare(operation: number, code: number | null, body: Buffer): Buffer {
    return encodeRequest(
      {
        client: this.#clientId,
        requestChecksum: 0n,
        timestamp: 0n,
        request: 0n,
        operation,
        session: this.#session,
        userId: 0,
        code,
      },
      body,
    );
  }

  /** Sends what `next` returns, under its own number, whenever the one before it was answered. Until it is nothing. */
  converse(next: () => Buffer | undefined, take: (reply: Buffer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        const frame = next();
        if (frame === undefined) return resolve();
        this.#requestNumber += 1n;
        frame.writeBigUInt64LE(this.#requestNumber, REQUEST_NUMBER_AT);
        this.#socket.write(frame);
      };
      this.#onFailure = reject;
      this.#onReply = (reply) => {
        const status = reply.readUInt32LE(STATUS_AT);
        if (status !== 0) return reject(new Error(`the broker refused a request with ${status}`));
        try {
          take(reply);
          goOn();
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      goOn();
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
      this.#socket.write(this.prepare(Operation.Register, null, body));
    });
    const frame = decodeServerFrame(reply);
    const outcome = frame.kind === 'reply' ? replyOutcome(frame.header, frame.body) : undefined;
    if (!outcome?.ok) throw new Error('the broker does not let us in');
    this.#session = decodeBody(commands.login.response, outcome.payload).session;
  }

  #receive(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes < SIZE_AT + 4) return;
    // Put together when it is whole: a large reply comes in many pieces.
    if ((this.#received[0]?.length ?? 0) < SIZE_AT + 4) this.#received = [this.#joined()];
    const declared = this.#received[0]?.readUInt32LE(SIZE_AT) ?? 0;
    if (this.#receivedBytes < declared) return;
    const frame = this.#joined();
    this.#received = [];
    this.#receivedBytes = 0;
    this.#onReply(frame);
  }

  #joined(): Buffer {
    const [only, ...more] = this.#received;
    return only !== undefined && more.length === 0 ? only : Buffer.concat(this.#received);
  }
}
