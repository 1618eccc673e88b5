import { describe, expect, test } from 'vitest';

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
