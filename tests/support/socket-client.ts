import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

import { type Command, commands, FrameDecoder } from '../../src/iggy-protocol/index.ts';
import { type Result, resultOf, TestIdentity } from './broker-client.ts';

/** A raw TCP connection to a broker, for tests that need the real thing; gone when the test ends. */
export class SocketClient {
  readonly socket: Socket;
  readonly identity: TestIdentity;
  readonly #decoder = new FrameDecoder(1 << 27);
  readonly #frames: Buffer[] = [];
  #closed = false;
  #arrived = Promise.withResolvers<void>();

  static async connect(port: number, clientId = 1n): Promise<SocketClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => {
      socket.destroy();
    });
    const client = new SocketClient(socket, new TestIdentity(clientId));
    await once(socket, 'connect');
    return client;
  }

  private constructor(socket: Socket, identity: TestIdentity) {
    this.socket = socket;
    this.identity = identity;
    socket.on('data', (chunk) => {
      if (typeof chunk !== 'string') this.#decoder.push(chunk, (frame) => this.#frames.push(frame));
      this.#wake();
    });
    socket.on('error', () => {});
    for (const end of ['end', 'close']) {
      socket.on(end, () => {
        this.#closed = true;
        this.#wake();
      });
    }
  }

  /** The next frame of the broker, or undefined if it has hung up. */
  async next(): Promise<Buffer | undefined> {
    while (this.#frames.length === 0 && !this.#closed) await this.#arrived.promise;
    return this.#frames.shift();
  }

  answer(frame: Buffer): Promise<Buffer | undefined> {
    this.socket.write(frame);
    return this.next();
  }

  async call<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
  ): Promise<Result<Response>> {
    return resultOf(command, await this.answer(this.identity.frame(command, request)));
  }

  /** Like `call`, for what has to succeed. */
  async done<Request, Response>(
    command: Command<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const result = await this.call(command, request);
    if (!result.ok) throw new Error(`${command.name} was refused with ${result.code}`);
    return result.value;
  }

  async logIn(): Promise<this> {
    const result = resultOf(commands.login, await this.answer(this.identity.login()));
    if (!result.ok) throw new Error(`login was refused with ${result.code}`);
    this.identity.session = result.value.session;
    return this;
  }

  #wake(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }
}
