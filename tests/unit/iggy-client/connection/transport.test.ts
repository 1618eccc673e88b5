import { createServer, type Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import { afterEach, describe, expect, test, vi } from 'vitest';

import type { Duplex, DuplexFailure } from '../../../../src/iggy-client/connection/duplex.ts';
import { tcpDial, type TlsOptions } from '../../../../src/iggy-client/connection/transport.ts';
import { testCertificate } from '../../../support/test-certificate.ts';

const HOST = '127.0.0.1';
const cleanups: (() => void)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(server: Server, onSocket: (socket: Socket) => void = () => {}) {
  server.on('connection', (socket: Socket) => {
    cleanups.push(() => socket.destroy());
    socket.on('error', () => {});
    onSocket(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  cleanups.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Dials, and tells what the listener hears. */
function dial(port: number, tls?: TlsOptions, host = HOST) {
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<DuplexFailure>();
  const received: Buffer[] = [];
  const heard: string[] = [];
  let more = Promise.withResolvers<void>();
  const duplex: Duplex = tcpDial(tls)(
    { host, port },
    {
      opened: () => {
        heard.push('opened');
        opened.resolve();
      },
      received: (chunk) => {
        received.push(chunk);
        more.resolve();
        more = Promise.withResolvers<void>();
      },
      closed: (failure) => {
        heard.push('closed');
        closed.resolve(failure);
      },
    },
  );
  cleanups.push(() => duplex.destroy());
  const next = (): Promise<void> => more.promise;
  return { duplex, opened: opened.promise, closed: closed.promise, received, next, heard };
}

test.each([undefined, { domain: 'broker.test' }])(
  'no frame waits for company, with TLS %o',
  async (tls) => {
    const noDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
    cleanups.push(() => noDelay.mockRestore());
    dial(await listen(createServer()), tls);
    expect(noDelay.mock.calls).toEqual([[true]]);
  },
);

describe('tcp', () => {
  test('carries bytes both ways', async () => {
    const port = await listen(createServer(), (socket) => socket.pipe(socket));
    const link = dial(port);
    await link.opened;
    link.duplex.write(Buffer.from('hello'));
    await link.next();
    expect(Buffer.concat(link.received).toString()).toBe('hello');
  });

  test('a peer that ends it is told once, and nothing follows', async () => {
    const port = await listen(createServer(), (socket) => socket.end('bye'));
    const link = dial(port);
    const failure = await link.closed;
    expect(failure).toMatchObject({ permanent: false });
    expect(failure.error.message).toBe(`connection to ${HOST}:${port}: closed by the broker`);
    expect(Buffer.concat(link.received).toString()).toBe('bye');
    expect(link.heard).toEqual(['opened', 'closed']);
  });

  test('an address where nobody listens is a failure that may pass', async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    const failure = await dial(port).closed;
    expect(failure).toMatchObject({ permanent: false });
    expect(failure.error.message).toContain('ECONNREFUSED');
  });

  test('a name that does not resolve is a failure that may pass', async () => {
    const failure = await dial(1, undefined, 'no-such-host.invalid').closed;
    expect(failure.permanent).toBe(false);
    expect(failure.error.message).toContain('not reached');
  });

  test('what was destroyed says nothing more', async () => {
    const server = createServer();
    const ended = Promise.withResolvers<void>();
    const port = await listen(server, (socket) => {
      socket.on('close', () => ended.resolve());
      socket.resume();
    });
    const link = dial(port);
    await link.opened;
    link.duplex.destroy();
    await ended.promise;
    expect(link.heard).toEqual(['opened']);
  });
});

describe('tls', () => {
  const { certificate, key } = testCertificate;

  function tlsServer(): Server {
    return createTlsServer({ cert: certificate, key }, (socket) => {
      socket.on('error', () => {});
      socket.pipe(socket);
    });
  }

  test('carries bytes to a server whose certificate is trusted and carries the name', async () => {
    const link = dial(await listen(tlsServer()), { ca: certificate, domain: 'broker.test' });
    await link.opened;
    link.duplex.write(Buffer.from('hello'));
    await link.next();
    expect(Buffer.concat(link.received).toString()).toBe('hello');
  });

  test('without a name the certificate must carry the dialed host', async () => {
    const link = dial(await listen(tlsServer()), { ca: certificate, domain: '' });
    await link.opened;
    expect(link.heard).toEqual(['opened']);
  });

  test.each<[string, TlsOptions]>([
    ['nobody vouches for', {}],
    ['carries another name', { ca: certificate, domain: 'other.test' }],
    ['carries another address', { ca: certificate, domain: '192.0.2.1' }],
  ])('a certificate that %s is a failure that waiting does not mend', async (_, tls) => {
    const link = dial(await listen(tlsServer()), tls);
    expect(await link.closed).toMatchObject({ permanent: true });
    expect(link.heard).toEqual(['closed']);
  });

  test('a server that answers in another language is one too', async () => {
    const port = await listen(createServer(), (socket) => socket.write('220 mail.test ESMTP\r\n'));
    expect(await dial(port, {}).closed).toMatchObject({ permanent: true });
  });

  test('and so is a server that answers plain bytes with a TLS alert', async () => {
    // Fatal, protocol_version: what TLS servers say to a first byte that is no handshake.
    const alert = Buffer.from('15030300020246', 'hex');
    const port = await listen(createServer(), (socket) => {
      socket.once('data', () => socket.end(alert));
    });
    const link = dial(port);
    await link.opened;
    link.duplex.write(Buffer.alloc(256));
    const failure = await link.closed;
    expect(failure).toMatchObject({ permanent: true });
    expect(failure.error.message).toContain('expects TLS');
    expect(link.received).toEqual([]);
  });

  test('in the middle of a stream the same bytes are bytes like any other', async () => {
    const port = await listen(createServer(), (socket) => socket.pipe(socket));
    const link = dial(port);
    await link.opened;
    for (const text of ['first', '\u0015\u0003rest']) {
      link.duplex.write(Buffer.from(text));
      await link.next();
    }
    expect(Buffer.concat(link.received).toString()).toBe('first\u0015\u0003rest');
  });
});
