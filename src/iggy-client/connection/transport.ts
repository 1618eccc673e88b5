import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';

import type { Address, Dial, Duplex, DuplexListener } from './duplex.ts';

export interface TlsOptions {
  /** The name the server's certificate must carry; empty or absent: the dialed host. */
  readonly domain?: string | undefined;
  /** PEM; replaces the built-in roots. */
  readonly ca?: string | undefined;
}

/**
 * Ordinary TCP, or TLS on it (iggy-vsr-0.11 §9). Nagle's algorithm is always off: in lockstep, a frame
 * that waits for company waits for nothing.
 */
export function tcpDial(tls?: TlsOptions): Dial {
  return tls === undefined ? dialPlain : (address, listener) => dialTls(address, listener, tls);
}

function dialPlain(address: Address, listener: DuplexListener): Duplex {
  const socket = connectTcp({ host: address.host, port: address.port });
  const link = new SocketLink(socket, address, listener, () => false);
  socket.once('connect', () => link.opened());
  return link;
}

function dialTls({ host, port }: Address, listener: DuplexListener, tls: TlsOptions): Duplex {
  const name = tls.domain === undefined || tls.domain === '' ? host : tls.domain;
  const socket = connectTls({
    host,
    port,
    // An IP literal may stand in a certificate, but not in SNI (RFC 6066 §3).
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    ...(tls.ca !== undefined && { ca: tls.ca }),
  });
  const link = new SocketLink(socket, { host, port }, listener, (error) =>
    isTlsRefusal(socket, error),
  );
  socket.once('secureConnect', () => link.opened());
  return link;
}

/** The certificate is not accepted, or the other side does not speak TLS that we speak. */
function isTlsRefusal(socket: TLSSocket, error: Error): boolean {
  if (socket.authorizationError) return true;
  return 'code' in error && /^(?:ERR_SSL_|EPROTO$)/.test(String(error.code));
}

/** First bytes of a TLS alert. No frame of ours starts so: its first 16 bytes are zeros. */
const TLS_ALERT = [0x15, 0x03];

class SocketLink implements Duplex {
  readonly #socket: Socket;
  readonly #where: string;
  readonly #listener: DuplexListener;
  #phase: 'connecting' | 'open' | 'over' = 'connecting';
  /** Something has come from the other side. */
  #heard = false;

  constructor(
    socket: Socket,
    { host, port }: Address,
    listener: DuplexListener,
    isPermanent: (error: Error) => boolean,
  ) {
    this.#socket = socket;
    this.#where = `${host}:${port}`;
    this.#listener = listener;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('error', (error) => this.#over(this.#words(error), isPermanent(error), error));
    socket.on('end', () => this.#over('closed by the broker', false));
    socket.on('close', () => this.#over('closed', false));
  }

  opened(): void {
    if (this.#phase !== 'connecting') return;
    this.#phase = 'open';
    this.#listener.opened();
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  destroy(): void {
    this.#phase = 'over';
    this.#socket.destroy();
  }

  #received(chunk: Buffer | string): void {
    // Text comes only from a socket with an encoding, which this one has not.
    if (this.#phase === 'over' || typeof chunk === 'string') return;
    const first = !this.#heard;
    this.#heard = true;
    if (first && TLS_ALERT.every((byte, at) => chunk[at] === byte)) {
      this.#over('it expects TLS', true);
    } else {
      this.#listener.received(chunk);
    }
  }

  #words(error: Error): string {
    const code = 'code' in error ? String(error.code) : error.message;
    return this.#phase === 'open' ? `broken (${code})` : `not reached (${code})`;
  }

  #over(words: string, permanent: boolean, cause?: Error): void {
    if (this.#phase === 'over') return;
    this.destroy();
    const error = new Error(`connection to ${this.#where}: ${words}`, { cause });
    this.#listener.closed({ error, permanent });
  }
}
