import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { type Command, FrameDecoder } from '../../src/iggy-protocol/index.ts';
import { type Result, resultOf, ROOT, TestIdentity } from '../../tests/support/broker-client.ts';
import type { Client } from './observer.ts';
import { patient } from './patient.ts';
import { sessionOf } from './visit.ts';

const FRAME_BYTES_MAX = 1 << 27;

/** A raw TCP connection to a broker. */
export class Wire {
  readonly socket: Socket;
  readonly answers: Buffer[] = [];
  readonly #decoder = new FrameDecoder(FRAME_BYTES_MAX);
  readonly #closed = Promise.withResolvers<void>();
  #failure: Error | undefined;
  #isClosed = false;
  #arrived = Promise.withResolvers<void>();

  static async open(port: number): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const wire = new Wire(socket);
    await patient('a connection is not accepted', once(socket, 'connect'));
    return wire;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#closed.resolve();
      this.#arrived.resolve();
    });
  }

  /** Until the other side has hung up. @throws Error if what it sent are no frames, or it does not */
  async closed(): Promise<void> {
    await patient('the broker does not hang up', this.#closed.promise);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async answer(frame: Buffer): Promise<Buffer> {
    this.socket.write(frame);
    while (this.answers.length === 0 && !this.#isClosed) {
      await patient('there is no answer', this.#arrived.promise);
    }
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error('the broker hung up on a valid frame');
    return answer;
  }

  #take(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk, (frame) => this.answers.push(frame));
    } catch (error) {
      this.#failure = new Error('what the broker sends are no frames', { cause: error });
      this.socket.destroy();
    }
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}

/** Somebody in good standing, logged in as root. */
export async function openClient(
  port: number,
  clientId: bigint,
): Promise<Client & { close(): void }> {
  const wire = await Wire.open(port);
  const identity = new TestIdentity(clientId);
  identity.session = sessionOf(await wire.answer(identity.login(ROOT)));
  return {
    call: async <Request, Response>(
      command: Command<Request, Response>,
      request: Request,
    ): Promise<Result<Response>> =>
      resultOf(command, await wire.answer(identity.frame(command, request))),
    close: () => wire.socket.destroy(),
  };
}
