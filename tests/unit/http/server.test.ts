import type { RequestListener } from 'node:http';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createHttpServer, listen } from '../../../src/http/server.ts';
import { lastBody, openRaw } from '../../support/raw-http.ts';
import { startTestApp } from '../../support/start-app.ts';

/** What the server answers to these very bytes, when it closes the connection with it. */
async function answerTo(bytes: string): Promise<string> {
  const { app } = await startTestApp();
  const raw = await openRaw(app.port);
  raw.write(bytes);
  return raw.closed;
}

describe('what never reaches the application is answered as a problem', () => {
  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 400, 'bad_request'],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nHost: t\r\n\r\n', 405, 'method_not_allowed'],
    [
      'an unknown method behind blank lines',
      '\r\n\r\nFETCH / HTTP/1.1\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    ['an unknown method with bare line feeds', 'FETCH / HTTP/1.1\n\n', 405, 'method_not_allowed'],
    ['a request behind something else', '@ FETCH / HTTP/1.1\r\n\r\n', 400, 'bad_request'],
    ['an unknown version', 'GET / HTTP/9.1\r\nHost: t\r\n\r\n', 400, 'bad_request'],
    ['a header that is none', 'GET / HTTP/1.1\r\nHost: t\r\n: x\r\n\r\n', 400, 'bad_request'],
    [
      'a length and chunks at once',
      'POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'bad_request',
    ],
    [
      'huge headers',
      `GET / HTTP/1.1\r\nHost: t\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['CONNECT', 'CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n', 405, 'method_not_allowed'],
  ])('%s', async (_, bytes, status, error) => {
    const answer = await answerTo(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/);
    expect(answer).toMatch(/\r\nX-Request-Id: [0-9a-f-]{36}\r\n/);
    expect(answer).toMatch(/\r\nX-Content-Type-Options: nosniff\r\n/);
    expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(/\r\nAllow: [A-Z, ]+\r\n/.test(answer)).toBe(status === 405);
    expect(lastBody(answer)).toMatchObject({ error, status });
  });

  test('CONNECT, under the id that its client gave it', async () => {
    const answer = await answerTo('CONNECT t:80 HTTP/1.1\r\nHost: t\r\nX-Request-Id: mine\r\n\r\n');
    expect(answer).toMatch(/\r\nX-Request-Id: mine\r\n/);
  });

  test('an expectation nobody knows', async () => {
    const { app } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write('GET /health HTTP/1.1\r\nHost: t\r\nExpect: miracles\r\n\r\n');
    const answer = await raw.received(/\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 417 /);
    expect(lastBody(answer)).toMatchObject({ error: 'expectation_failed' });
  });
});

/** A connection to a server of its own, without the application. */
async function connectTo(listener: RequestListener) {
  const server = createHttpServer(listener, { keepAliveTimeoutMs: 5000, bodyTimeoutMs: 5000 });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return openRaw(await listen(server, '127.0.0.1', 0));
}

describe('the target of a request', () => {
  test.each([
    ['/x?a=1', '/x?a=1'],
    ['/x#part', '/x'],
    ['http://host/x?a=1', '/x?a=1'],
    ['HTTPS://host:80/x#part', '/x'],
    ['http://host', '/'],
    ['http://host?a=1', '/?a=1'],
    ['*', '*'],
  ])('%s is %s', async (target, expected) => {
    const raw = await connectTo(({ url }, response) => response.end(`<${url}>`));
    raw.write(`OPTIONS ${target} HTTP/1.1\r\nHost: t\r\n\r\n`);
    expect(await raw.received(/>$/)).toContain(`<${expected}>`);
  });

  test.each(['ftp://host/x', 'xhttp://host/x', 'http://[::1', 'host:80', '**'])(
    '%s is none',
    async (target) => {
      const raw = await connectTo((_, response) => response.end());
      raw.write(`OPTIONS ${target} HTTP/1.1\r\nHost: t\r\n\r\n`);
      const answer = await raw.received(/\}$/);
      expect(lastBody(answer)).toMatchObject({ error: 'bad_request', status: 400 });
    },
  );
});

test('garbage behind a request that was answered is answered, too', async () => {
  const raw = await connectTo((_, response) => response.end('done'));
  raw.write('GET / HTTP/1.1\r\nHost: t\r\n\r\n');
  await raw.received(/done\r\n0\r\n\r\n$|done$/);
  raw.write('garbage\r\n\r\n');
  expect(lastBody(await raw.closed)).toMatchObject({ error: 'bad_request', status: 400 });
});

test('a chunk may not be introduced at any length', async () => {
  const raw = await connectTo((request) => request.resume());
  raw.write('POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n');
  raw.write(`5;${'x'.repeat(20_000)}`);
  expect(lastBody(await raw.closed)).toMatchObject({ error: 'headers_too_large', status: 431 });
});

test('a client that asks for a tunnel and breaks off ends its own connection, not the process', async () => {
  const { app, fetch } = await startTestApp();
  for (let round = 0; round < 5; round += 1) {
    const raw = await openRaw(app.port);
    raw.socket.on('error', () => {});
    raw.write('CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n');
    raw.socket.resetAndDestroy();
    await raw.closed;
  }
  expect((await fetch('/health')).status).toBe(200);
});

test('a port that is taken is the failure of the one who wants it', async () => {
  const { app } = await startTestApp();
  await expect(startTestApp({ env: { PORT: String(app.port) } })).rejects.toMatchObject({
    exitCode: 69,
    message: `cannot listen on 127.0.0.1:${app.port}`,
  });
});
