import type { IncomingMessage, RequestListener, Server } from 'node:http';

type Socket = IncomingMessage['socket'];

/**
 * Connections beyond the limit that are still taken, each for one answer: a 503 that says why, or a probe's,
 * which must get through to a gateway that is merely full. What comes beyond these is dropped unanswered.
 * A silent one is closed after the time for the headers of a request.
 */
export const SURPLUS_CONNECTIONS_MAX = 256;

/** Bounds the connections of a server, and tells which ones are beyond the limit. */
export class ConnectionLimit {
  readonly #connectionsMax: number;
  readonly #surplus = new WeakSet<Socket>();
  #open = 0;

  constructor(connectionsMax: number) {
    this.#connectionsMax = connectionsMax;
  }

  isSurplus(socket: Socket): boolean {
    return this.#surplus.has(socket);
  }

  /** To be called once, before the server listens. */
  watch(server: Server): void {
    server.maxConnections = this.#connectionsMax + SURPLUS_CONNECTIONS_MAX;
    server.on('connection', (socket: Socket) => {
      this.#open += 1;
      if (this.#open > this.#connectionsMax) this.#surplus.add(socket);
      socket.once('close', () => (this.#open -= 1));
    });
    const closeAfterwards: RequestListener = ({ socket }, answer) => {
      if (this.isSurplus(socket)) answer.setHeader('Connection', 'close');
    };
    server.prependListener('request', closeAfterwards);
    server.prependListener('checkContinue', closeAfterwards);
  }
}
