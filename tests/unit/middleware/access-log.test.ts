import { describe, expect, test } from 'vitest';

import { FakeIggy } from '../../support/fake-iggy.ts';
import { type HeardLine, listeningLog } from '../../support/listening-log.ts';
import { scrape } from '../../support/metrics.ts';
import { openRaw } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp, type TestAppOptions } from '../../support/start-app.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

async function startListened(options: TestAppOptions = {}) {
  const { log, lines } = listeningLog();
  const gateway = await startTestApp({ ...options, log });
  const requests = (): HeardLine[] => lines.filter(({ message }) => message === 'request');
  return { ...gateway, lines, requests };
}

/** A broker that keeps every list of streams waiting, until its caller has gone away. */
class SilentIggy extends FakeIggy {
  override async listStreams({ signal }: { signal: AbortSignal }): Promise<never> {
    this.signals.push(signal);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

test('each request is one line, with the pattern of its route instead of its path', async () => {
  const { fetch, requests } = await startListened();
  await fetch('/streams/orders', { headers: { 'x-request-id': 'r-1' } });
  await fetch('/nowhere', { headers: { 'x-request-id': 'r-2' } });
  await until(() => requests().length === 2);

  expect(requests()).toEqual([
    {
      level: 'info',
      message: 'request',
      method: 'GET',
      route: '/streams/:stream',
      status: 404,
      ms: 0,
      bytes: expect.any(Number),
      request_id: 'r-1',
      client: '127.0.0.1',
      error: 'not_found',
    },
    expect.objectContaining({ status: 404, error: 'route_not_found' }),
  ]);
  expect(requests()[0]?.['bytes']).toBeGreaterThan(100);
  expect(requests()[1]).not.toHaveProperty('route');
});

describe('a client that went away', () => {
  test('is marked, and its request is never told as a success', async () => {
    const client = new SilentIggy();
    const { fetch, requests } = await startListened({ client });
    const controller = new AbortController();
    const answer = fetch('/streams', { signal: controller.signal }).catch(() => undefined);
    await until(() => client.signals.length > 0);
    controller.abort();
    await answer;
    await until(() => requests().length === 1);
    expect(requests()[0]).toMatchObject({ status: 499, aborted: true, route: '/streams' });
    // Nobody knows what it would have been told.
    expect(requests()[0]).not.toHaveProperty('unsent_status');
  });

  test('before it had read its answer was not answered', async () => {
    const { app, client, requests } = await startListened();
    const { signal } = new AbortController();
    // More than the buffers between the two take in.
    for (let n = 0; n < 200; n += 1) await client.createStream(`s${n}`, { signal });
    const many = await client.listStreams({ signal });
    client.listStreams = async () => Array.from({ length: 500 }, () => many).flat();
    const raw = await openRaw(app.port);
    raw.socket.pause();
    raw.write('GET /streams HTTP/1.1\r\nHost: t\r\n\r\n');
    await until(() => raw.socket.bytesRead > 0 || requests().length > 0);
    raw.socket.resetAndDestroy();
    await until(() => requests().length === 1);
    expect(requests()[0]).toMatchObject({ status: 499, aborted: true, unsent_status: 200 });
  });
});

test('a client that is refused in the middle of its upload, and then closes, was answered', async () => {
  const { app, requests } = await startListened({ env: { MAX_REQUEST_BODY_SIZE: '10' } });
  const raw = await openRaw(app.port);
  raw.write(
    'POST /messages HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
      'Content-Length: 1000000\r\n\r\n{',
  );
  await raw.received(/\}$/);
  raw.socket.destroy();
  await until(() => requests().length === 1);
  expect(requests()[0]).toMatchObject({ status: 413, error: 'payload_too_large' });
  expect(requests()[0]).not.toHaveProperty('aborted');
});

describe('what a client has written', () => {
  test('is not in the log, be it a key or a name: not from the path, the query or a header', async () => {
    const { fetch, lines, requests } = await startListened({ env: { API_KEY: 'the-right-key' } });
    const secret = 'hush-hush';
    await fetch(`/streams?api_key=${secret}`);
    await fetch(`/${secret}?api_key=${secret}`, { headers: { 'x-api-key': secret } });
    await fetch(`/streams/${secret}`, { headers: { authorization: `Bearer ${secret}` } });
    await fetch('/streams?api_key=the-right-key', {
      headers: {
        cookie: secret,
        'user-agent': secret,
        referer: secret,
        'x-request-timeout': secret,
      },
    });
    await until(() => requests().length === 4);
    expect(JSON.stringify(lines)).not.toMatch(/hush-hush|the-right-key/);
  });

  test.each([
    ['x-request-id', 'a"},{"level":"fatal'],
    ['x-request-id', 'a\tb'],
    ['x-request-id', 'é\u{85}x'],
    ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01"\t{`],
    ['x-forwarded-for', '1.2.3.4","admin":"'],
    ['x-request-timeout', '100","a":"'],
  ])('cannot forge a line: %s: %j', async (header, value) => {
    const { app, requests } = await startListened();
    const raw = await openRaw(app.port);
    raw.write(`GET /health HTTP/1.1\r\nHost: t\r\n${header}: ${value}\r\n\r\n`);
    await raw.received(/\}$/);
    await until(() => requests().length === 1);
    expect(requests()[0]).toEqual({
      level: 'info',
      message: 'request',
      method: 'GET',
      route: '/health',
      status: 200,
      ms: 0,
      bytes: expect.any(Number),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client: '127.0.0.1',
    });
  });
});

test('what is no request of HTTP is told as well, under the id that the client was given', async () => {
  const { app, lines } = await startListened({ metricsOnAnyPort: true });
  const raw = await openRaw(app.port);
  raw.write('hello\r\n\r\n');
  const id = /X-Request-Id: (\S+)/.exec(await raw.closed)?.[1];
  expect(lines.filter(({ message }) => message === 'refused')).toEqual([
    { level: 'info', message: 'refused', status: 400, error: 'bad_request', request_id: id },
  ]);
  expect((await scrape(app)).get('http_problems_total{code="bad_request"}')).toBe(1);
});

test('the trace a request belongs to is named, and one that is not valid is not', async () => {
  const { fetch, requests } = await startListened();
  await fetch('/health', { headers: { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` } });
  await fetch('/health', { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } });
  await until(() => requests().length === 2);
  expect(requests()[0]).toMatchObject({ trace_id: TRACE });
  expect(requests()[1]).not.toHaveProperty('trace_id');
});

test('the key that let a request in is named, and never shown', async () => {
  const { fetch, requests } = await startListened({ env: { API_KEY: 'the-right-key' } });
  await fetch('/streams', { headers: { 'x-api-key': 'the-right-key' } });
  await until(() => requests().length === 1);
  expect(requests()[0]).toMatchObject({ status: 200, key: expect.any(String) });
  expect(JSON.stringify(requests())).not.toContain('the-right-key');
});
