import type { Server, Socket } from 'node:net';

import { type Clock, sleep } from '../utils/clock.ts';
import { deferred } from '../utils/deferred.ts';
import { afterThisTurn } from '../utils/turn.ts';
import type { Peer } from './context.ts';
import type { BrokerCore } from './core.ts';
import type { BrokerLimits } from './limits.ts';
import { createSocketServer, type ServerTls } from './serve-tls.ts';
import { BrokerStartError } from './start-error.ts';

/** After so long without a word a vanished peer is asked for by the kernel: it must not keep its place. */
const KEEP_ALIVE_AFTER_MS = 60_000;
/** How long the last replies may take to leave when the broker stops. */
const STOP_GRACE_MS = 1000;
const CONNECTION_ID_MAX = 0xffff_ffff;

export interface ListenerParts {
  readonly core: BrokerCore;
  readonly limits: BrokerLimits;
  readonly clock: Clock;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Undefined: clients are served without TLS. */
  readonly tls?: ServerTls | undefined;
}

interface Connection {
  readonly id: number;
  readonly socket: Socket;
  /** Not read from, because its peer does not read, or sends faster than it is served. */
  paused: boolean;
  /** It sends nothing more, and is hung up on as soon as it is answered. */
  saidAll: boolean;
}

/**
 * The core's TCP shell. Whatever arrives within one turn of the event loop makes one commit group; the
 * replies of a group leave in one write per connection. A failure of the core is not caught here: it
 * ends the thread, and nothing of the group is released.
 */
export class TcpListener {
  readonly #parts: ListenerParts;
  readonly #server: Server;
  /** All there are, below TLS where it is used. */
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<number, Connection>();
  /** Those whose peers have not taken all they were sent. */
  readonly #lagging = new Set<Connection>();
  #lastId = 0;
  #commitDue = false;
  /** Nothing is executed any more. */
  #stopping = false;

  /** @throws BrokerStartError `address-in-use` or `io` */
  static async listen(parts: ListenerParts): Promise<TcpListener> {
    const { host, port } = parts;
    const listener = new TcpListener(parts);
    try {
      await listener.#bind(host, port);
      return listener;
    } catch (cause) {
      const inUse = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
      const address = `${host}:${port}`;
      throw inUse
        ? new BrokerStartError('address-in-use', `Somebody else listens on ${address}`, { cause })
        : new BrokerStartError('io', `Cannot listen on ${address}`, { cause });
    }
  }

  private constructor(parts: ListenerParts) {
    this.#parts = parts;
    parts.core.onProgress((id) => this.#progressed(id));
    this.#server = createSocketServer(parts.tls, (socket) => this.#accept(socket));
    // Those in the middle of a TLS handshake, which the core does not know yet, count too.
    this.#server.maxConnections = parts.limits.connectionsMax;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Accepts and reads nothing more, commits and answers what was executed, then hangs up. */
  async stop(): Promise<void> {
    const closed = deferred<void>();
    this.#server.close(() => closed.resolve());
    this.#stopping = true;
    this.#parts.core.stopWaiting();
    this.#commit();
    for (const { socket } of this.#connections.values()) socket.destroySoon();
    const patience = new AbortController();
    const enough = sleep(this.#parts.clock, STOP_GRACE_MS, patience.signal).catch(() => {});
    await Promise.race([closed.promise, enough]);
    patience.abort();
    for (const socket of this.#sockets) socket.destroy();
    await closed.promise;
  }

  #bind(host: string, port: number): Promise<void> {
    const bound = deferred<void>();
    // Later errors are connections that could not be accepted; the next one may succeed.
    this.#server.on('error', (error) => bound.reject(error));
    this.#server.listen({ host, port }, () => bound.resolve());
    return bound.promise;
  }

  #accept(socket: Socket): void {
    const { core } = this.#parts;
    const id = this.#freeId();
    if (!core.connect(id, peerOf(socket))) {
      socket.destroy();
      return;
    }
    const connection = { id, socket, paused: false, saidAll: false };
    this.#connections.set(id, connection);
    socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
    socket.on('data', (chunk) => {
      // Never text: no encoding is set.
      if (this.#stopping || typeof chunk === 'string') return;
      core.receive(id, chunk);
      this.#pace(connection);
      this.#commitSoon();
    });
    socket.on('end', () => {
      connection.saidAll = true;
      this.#endIfDone(connection);
    });
    // What went wrong does not matter: 'close' follows, and that is all there is to do.
    socket.on('error', () => {});
    socket.on('close', () => this.#forget(connection));
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.id);
    this.#lagging.delete(connection);
    // Whom the broker itself hangs up on when it stops is remembered: it will be back.
    if (this.#stopping) return;
    this.#parts.core.disconnect(connection.id);
    this.#commitSoon();
  }

  /** A request that took its time was executed, and maybe those behind it. */
  #progressed(id: number): void {
    const connection = this.#connections.get(id);
    if (this.#stopping || connection === undefined) return;
    this.#pace(connection);
    this.#endIfDone(connection);
    this.#commitSoon();
  }

  #endIfDone({ id, socket, saidAll }: Connection): void {
    if (!saidAll || !this.#parts.core.isIdle(id)) return;
    // Its answers may still be in the open group.
    this.#commit();
    socket.end();
  }

  #freeId(): number {
    do {
      this.#lastId = this.#lastId === CONNECTION_ID_MAX ? 1 : this.#lastId + 1;
    } while (this.#connections.has(this.#lastId));
    return this.#lastId;
  }

  #commitSoon(): void {
    if (this.#parts.core.groupIsFull) {
      this.#commit();
      return;
    }
    if (this.#commitDue || !this.#parts.core.hasPending) return;
    this.#commitDue = true;
    afterThisTurn(() => {
      this.#commitDue = false;
      this.#commit();
    });
  }

  #commit(): void {
    const touched = new Set<Connection>();
    for (const outgoing of this.#parts.core.commit()) {
      const connection = this.#connections.get(outgoing.connectionId);
      if (connection === undefined) continue;
      if ('close' in outgoing) {
        connection.socket.destroySoon();
        continue;
      }
      if (!touched.has(connection)) connection.socket.cork();
      touched.add(connection);
      connection.socket.write(outgoing.bytes, () => this.#flushed(connection));
    }
    for (const connection of touched) {
      connection.socket.uncork();
      if (connection.socket.writableLength > 0) this.#lagging.add(connection);
    }
    this.#shedUnsent();
    for (const connection of touched) this.#goOn(connection);
  }

  #flushed(connection: Connection): void {
    if (connection.socket.writableLength === 0) this.#lagging.delete(connection);
    if (connection.paused) this.#goOn(connection);
  }

  /** Lets the core execute what still waits of a connection, if its peer has taken enough for that. */
  #goOn(connection: Connection): void {
    const { core, limits } = this.#parts;
    if (this.#stopping) return;
    if (connection.socket.writableLength <= limits.unsentBytesPauseAt) {
      core.resume(connection.id);
      this.#commitSoon();
      this.#endIfDone(connection);
    }
    this.#pace(connection);
  }

  /** Reads from a connection only while it has nothing waiting, neither for execution nor to be sent. */
  #pace(connection: Connection): void {
    const { core, limits } = this.#parts;
    const { socket, id, paused } = connection;
    const behind = !core.isIdle(id) || socket.writableLength > limits.unsentBytesPauseAt;
    if (behind === paused) return;
    connection.paused = behind;
    if (behind) socket.pause();
    else socket.resume();
  }

  #shedUnsent(): void {
    const unsentBytes = (): number =>
      [...this.#lagging].reduce((bytes, { socket }) => bytes + socket.writableLength, 0);
    while (unsentBytes() > this.#parts.limits.unsentBytesMax) {
      const slowest = [...this.#lagging].reduce((one, other) =>
        other.socket.writableLength > one.socket.writableLength ? other : one,
      );
      this.#lagging.delete(slowest);
      slowest.socket.destroy();
    }
  }
}

/** A socket whose peer is gone before it was accepted has no addresses any more. */
function peerOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): Peer {
  return {
    address: `${plainIp(remoteAddress)}:${remotePort ?? 0}`,
    localIp: plainIp(localAddress),
    localPort: localPort ?? 0,
  };
}

/** An IPv4 address as such, also where the listener's socket is one for both families. */
function plainIp(ip = ''): string {
  return ip.replace(/^::ffff:/, '');
}
