import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

import { onTestFinished } from 'vitest';

import { type Clock, systemClock } from '../../src/utils/clock.ts';
import { type Direction, type FaultyConnection, Faults, Flow } from './faults.ts';

const LOOPBACK = '127.0.0.1';

/** A TCP proxy between a client and the broker on a port of this machine, with faults as faults.ts has them. */
export class FaultyLink {
  /** All but `refuse` and `heal`, which are the link's: its listener takes a moment for them. */
  readonly faults: Omit<Faults, 'refuse' | 'heal'>;
  readonly #faults = new Faults();
  readonly #brokerPort: number;
  readonly #clock: Clock;
  readonly #connections = new Set<TcpConnection>();
  #server: Server | undefined;
  #port = 0;

  constructor(brokerPort: number, clock: Clock) {
    this.#brokerPort = brokerPort;
    this.#clock = clock;
    this.faults = this.#faults;
  }

  /** Where it listens, also after `refuse` and `heal`. */
  get port(): number {
    return this.#port;
  }

  /** Connections of which either side is still open. */
  get openConnections(): number {
    return this.#connections.size;
  }

  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accept(client);
    });
    this.#server = server;
    server.listen(this.#port, LOOPBACK);
    await once(server, 'listening');
    // A TCP server that listens has such an address.
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Nobody listens any more: connections are refused by the system; those that are there stay. */
  refuse(): void {
    this.#faults.refuse();
    this.#server?.close();
    this.#server = undefined;
  }

  async heal(): Promise<void> {
    this.#faults.heal();
    await this.listen();
  }

  /** Closes one direction of what is there, as a peer that will write no more; the other one stays. */
  fin(direction: Direction): void {
    for (const connection of this.#connections) connection.fin(direction);
  }

  async stop(): Promise<void> {
    this.refuse();
    this.#faults.reset();
    await Promise.all([...this.#connections].map(({ closed }) => closed));
  }

  #accept(client: Socket): void {
    if (this.#faults.refusing) {
      reset(client);
      return;
    }
    const connection = new TcpConnection(client, this.#brokerPort, this.#faults, this.#clock);
    this.#connections.add(connection);
    this.#faults.connections.add(connection);
    void connection.closed.then(() => {
      this.#connections.delete(connection);
      this.#faults.connections.delete(connection);
    });
  }
}

/** Listening, and stopped when the test ends. */
export async function startFaultyLink(
  brokerPort: number,
  clock: Clock = systemClock,
): Promise<FaultyLink> {
  const link = new FaultyLink(brokerPort, clock);
  await link.listen();
  onTestFinished(() => link.stop());
  return link;
}

class TcpConnection implements FaultyConnection {
  /** Both sockets are. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #broker: Socket;
  readonly #flows: Record<Direction, Flow>;

  constructor(client: Socket, brokerPort: number, faults: Faults, clock: Clock) {
    const options = { host: LOOPBACK, port: brokerPort, allowHalfOpen: true, noDelay: true };
    this.#client = client;
    this.#broker = connect(options);
    const carry = (direction: Direction, from: Socket, to: Socket): Flow => {
      const flow = new Flow(direction, faults, clock, {
        deliver: (bytes) => to.write(bytes),
        cut: () => this.#cut(),
        end: () => to.end(),
      });
      // Not text: these sockets have no encoding.
      from.on('data', (chunk) => flow.push(chunk as Buffer));
      from.on('end', () => flow.end());
      from.on('close', () => flow.end());
      return flow;
    };
    this.#flows = {
      'to-broker': carry('to-broker', client, this.#broker),
      'to-client': carry('to-client', this.#broker, client),
    };
    client.on('error', () => {});
    // Not there, or no more: so this link's client shall find it.
    this.#broker.on('error', () => this.break());
    const both = [client, this.#broker];
    this.closed = Promise.all(both.map((socket) => new Promise((end) => socket.on('close', end))));
  }

  heal(): void {
    const flows = Object.values(this.#flows);
    if (flows.some(({ isMuted }) => isMuted)) this.break();
    else for (const flow of flows) flow.resume();
  }

  mute(direction: Direction): void {
    this.#flows[direction].mute();
  }

  break(): void {
    this.#stop();
    reset(this.#client);
    reset(this.#broker);
  }

  fin(direction: Direction): void {
    this.#flows[direction].stop();
    (direction === 'to-broker' ? this.#broker : this.#client).end();
  }

  /** Unlike a reset: what was delivered must be read. */
  #cut(): void {
    this.#stop();
    this.#client.destroySoon();
    this.#broker.destroySoon();
  }

  #stop(): void {
    for (const flow of Object.values(this.#flows)) flow.stop();
  }
}

/** The system resets nothing that has said its last word, and then nobody would hear that it is closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
