import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** What the broker proves its identity with, both as PEM. */
export interface ServerTls {
  /** With those that lead up to its authority behind it, if there are any. */
  readonly certificate: string;
  readonly key: string;
}

/** A client that connects and does not finish the handshake must not keep its place. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * A server that hands over the sockets of its clients: plain ones, or those that have finished the TLS
 * handshake. Throws what Node throws if `tls` is no certificate with its key.
 */
export function createSocketServer(
  tls: ServerTls | undefined,
  onSocket: (socket: Socket) => void,
): Server {
  // Half open: a client that has said all it wants to still gets its answers.
  const options = { allowHalfOpen: true, noDelay: true };
  if (tls === undefined) return createPlainServer(options, onSocket);
  const server = createTlsServer(
    {
      ...options,
      cert: tls.certificate,
      key: tls.key,
      minVersion: 'TLSv1.2',
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    },
    onSocket,
  );
  // Somebody spoke something else, or gave up: theirs to worry about, and the socket is of no more use.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}
