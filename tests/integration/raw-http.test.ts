import { describe, expect, onTestFinished, test } from 'vitest';

import { createHttpServer, listen } from '../../src/http/server.ts';
import { LINGER_MS_MAX, SPARE_BYTES_MAX } from '../../src/middleware/linger.ts';
import { lastBody, openRaw } from '../support/raw-http.ts';
import { startTestApp } from '../support/start-app.ts';

/** What is answered to these very bytes; `Connection: close` among them ends the answer. */
async function answerTo(bytes: string, env: Record<string, string> = {}): Promise<string> {
  const { app } = await startTestApp({ env });
  const raw = await openRaw(app.port);
  raw.write(bytes);
  return raw.closed;
}

const CLOSE = 'Host: t\r\nConnection: close\r\n\r\n';

function expectProblem(answer: string, status: number, error: string): void {
  expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i);
  const [, requestId] = /\r\nX-Request-Id: (\S+)\r\n/i.exec(answer) ?? [];
  expect(lastBody(answer)).toMatchObject({ error, status, request_id: requestId });
}

describe('what Node and the router would do behind our back is answered as a problem', () => {
  test.each([
    ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'bad_request'],
    ['two Host headers', `GET /health HTTP/1.1\r\nHost: a\r\n${CLOSE}`, 400, 'bad_request'],
    [
      'an expectation nobody knows',
      `GET /health HTTP/1.1\r\nExpect: miracles\r\n${CLOSE}`,
      417,
      'expectation_failed',
    ],
    ['CONNECT', 'CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n', 405, 'method_not_allowed'],
    [
      'Upgrade to another protocol',
      `GET /health HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${CLOSE}`,
      400,
      'bad_request',
    ],
    ['PROPFIND', `PROPFIND /streams HTTP/1.1\r\n${CLOSE}`, 405, 'method_not_allowed'],
    ['QUERY', `QUERY /streams HTTP/1.1\r\n${CLOSE}`, 405, 'method_not_allowed'],
    ['TRACE', `TRACE /streams HTTP/1.1\r\n${CLOSE}`, 405, 'method_not_allowed'],
    ['a method nobody knows', `FETCH /streams HTTP/1.1\r\n${CLOSE}`, 405, 'method_not_allowed'],
    ['a trailing slash', `GET /health/ HTTP/1.1\r\n${CLOSE}`, 404, 'route_not_found'],
    ['another letter case', `GET /HEALTH HTTP/1.1\r\n${CLOSE}`, 404, 'route_not_found'],
    ['OPTIONS of nothing', `OPTIONS /nowhere HTTP/1.1\r\n${CLOSE}`, 404, 'route_not_found'],
    ['a target that is no URL', `GET http://[::1 HTTP/1.1\r\n${CLOSE}`, 400, 'bad_request'],
    [
      'a fragment after what looks like a host',
      `GET //a@b# HTTP/1.1\r\n${CLOSE}`,
      404,
      'route_not_found',
    ],
    [
      'a path behind what looks like a host',
      `GET //a@b/health# HTTP/1.1\r\n${CLOSE}`,
      404,
      'route_not_found',
    ],
    ['malformed HTTP', 'hello\r\n\r\n', 400, 'bad_request'],
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
  ])('%s', async (_, bytes, status, error) => {
    const answer = await answerTo(bytes);
    expectProblem(answer, status, error);
    if (status === 405) expect(answer).toMatch(/\r\nAllow: [A-Z, ]+\r\n/);
  });

  test('slow headers, once their time is over', async () => {
    const server = createHttpServer(() => {}, {
      keepAliveTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
      headersTimeoutMs: 100,
    });
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => {
      server.close();
    });
    const raw = await openRaw(port);
    raw.write('GET /health HTTP/1.1\r\nHost: ');
    expectProblem(await raw.closed, 408, 'request_timeout');
  });
});

describe('what is no fault is answered', () => {
  test.each([
    ['/streams', 'GET, HEAD, OPTIONS, POST'],
    ['/health', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS without Origin: 204 with what %s knows', async (path, allow) => {
    const answer = await answerTo(`OPTIONS ${path} HTTP/1.1\r\n${CLOSE}`);
    expect(answer).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    expect(answer).toMatch(new RegExp(`\r\nAllow: ${allow}\r\n`));
    expect(answer).toMatch(/\r\nX-Request-Id: \S+\r\n/);
  });

  test('a target in absolute form', async () => {
    expect(await answerTo(`GET http://t/health HTTP/1.1\r\n${CLOSE}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('HTTP/1.0 without Host', async () => {
    expect(await answerTo('GET /health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(['h2c', 'HTTP/2.0'])('an offer of %s, which is passed over', async (protocol) => {
    const answer = await answerTo(
      `GET /health HTTP/1.1\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n${CLOSE}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('Upgrade that nobody asks the connection for', async () => {
    const answer = await answerTo(`GET /health HTTP/1.1\r\nUpgrade: websocket\r\n${CLOSE}`);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test("the client's request id is on the answers that never reach a route, too", async () => {
  for (const line of ['CONNECT t:80', 'GET /nowhere', 'PROPFIND /streams']) {
    const answer = await answerTo(`${line} HTTP/1.1\r\nX-Request-Id: mine-7\r\n${CLOSE}`);
    expect(answer).toMatch(/\r\nX-Request-Id: mine-7\r\n/);
    expect(lastBody(answer)).toMatchObject({ request_id: 'mine-7' });
  }
});

describe('100 Continue comes after the gates', () => {
  const ASKING =
    'Host: t\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 17\r\n';

  test('for a body that is wanted', async () => {
    const { app } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(`POST /streams HTTP/1.1\r\n${ASKING}\r\n`);
    await raw.received(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    raw.write('{"name":"orders"}');
    expect(await raw.received(/\}$/)).toMatch(/HTTP\/1\.1 201 Created/);
  });

  test.each([
    ['/nowhere', '', 404],
    ['/streams', 'X-Forwarded-Host: x\r\nContent-Encoding: lzma\r\n', 415],
  ])('and never for a body that %s would refuse', async (path, more, status) => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(`POST ${path} HTTP/1.1\r\n${ASKING}${more}\r\n`);
    const answer = await raw.received(/\}$/);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    await clock.advance(LINGER_MS_MAX);
    await raw.closed;
  });
});

describe('nothing is written into an answer', () => {
  test('that has begun', async () => {
    const { app } = await startTestApp({ env: { MAX_REQUEST_BODY_SIZE: '10' } });
    const raw = await openRaw(app.port);
    raw.write(
      'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n20\r\n01234567890123456789012345678901\r\n',
    );
    await raw.received(/\}$/);
    raw.write('this is no chunk\r\n');
    expect((await raw.closed).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  test('of a request that may yet be carried out: what follows it ends the connection', async () => {
    const { app, client } = await startTestApp();
    const held = Promise.withResolvers<void>();
    const create = client.createStream.bind(client);
    client.createStream = async (...call) => {
      await held.promise;
      return create(...call);
    };
    const raw = await openRaw(app.port);
    const body = '{"name":"orders"}';
    raw.write(
      'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\n\r\n${body}this is no HTTP\r\n\r\n`,
    );
    // Asked for another connection, it has seen all of that.
    await fetch(`http://127.0.0.1:${app.port}/health`);
    held.resolve();
    const answer = await raw.closed;
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
  });
});

describe('a connection survives', () => {
  const JSON_HEAD = 'Host: t\r\nContent-Type: application/json\r\n';
  const GOOD = 'GET /streams HTTP/1.1\r\nHost: t\r\nX-Request-Id: good\r\n\r\n';
  const sized = (body: string): string => `Content-Length: ${body.length}\r\n\r\n${body}`;

  test.each([
    ['404 with a body', `POST /nowhere HTTP/1.1\r\n${JSON_HEAD}${sized('{"a":1}')}`, 404],
    ['404', 'GET /streams/nope HTTP/1.1\r\nHost: t\r\n\r\n', 404],
    ['405', `PUT /streams HTTP/1.1\r\n${JSON_HEAD}${sized('{"a":1}')}`, 405],
    ['PROPFIND', 'PROPFIND /streams HTTP/1.1\r\nHost: t\r\n\r\n', 405],
    ['a body that is no JSON', `POST /streams HTTP/1.1\r\n${JSON_HEAD}${sized('{"a"')}`, 400],
    ['a body that is not valid', `POST /streams HTTP/1.1\r\n${JSON_HEAD}${sized('{}')}`, 400],
    ['a bad query', 'GET /messages?count=0 HTTP/1.1\r\nHost: t\r\n\r\n', 400],
    ['no Host', 'GET /streams HTTP/1.1\r\n\r\n', 400],
    [
      'an upgrade refused',
      'GET /streams HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      400,
    ],
    [
      'a body in another format',
      `POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: text/plain\r\n${sized('name=a')}`,
      415,
    ],
    [
      'a body in another encoding',
      `POST /streams HTTP/1.1\r\n${JSON_HEAD}Content-Encoding: lzma\r\n${sized('x')}`,
      415,
    ],
    [
      'a body that cannot be decoded',
      `POST /streams HTTP/1.1\r\n${JSON_HEAD}Content-Encoding: gzip\r\n${sized('x'.repeat(60_000))}`,
      400,
    ],
    ['a conflict', `POST /streams HTTP/1.1\r\n${JSON_HEAD}${sized('{"name":"taken"}')}`, 409],
  ])('%s', async (_, bytes, status) => {
    const { app, post } = await startTestApp();
    await post('/streams', { name: 'taken' });
    const raw = await openRaw(app.port);
    raw.write(bytes);
    const refusal = await raw.received(/\}$/);
    expect(refusal).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(refusal).not.toMatch(/\r\nConnection: close\r\n/i);
    raw.write(GOOD);
    const both = await raw.received(/X-Request-Id: good[\s\S]*\]$/);
    expect(both.slice(refusal.length)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('not when more would have to be read for nothing than it is worth', async () => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(
      `POST /nowhere HTTP/1.1\r\nHost: t\r\nContent-Length: ${SPARE_BYTES_MAX + 1}\r\n\r\n`,
    );
    expect(await raw.received(/\}$/)).toMatch(/\r\nConnection: close\r\n/);
    await clock.advance(LINGER_MS_MAX);
    await raw.closed;
  });
});
