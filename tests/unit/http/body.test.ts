import { getEventListeners, once } from 'node:events';
import { PassThrough } from 'node:stream';

import { describe, expect, test } from 'vitest';

import { collectBody, readBody } from '../../../src/http/body.ts';
import type { MiddlewareContext } from '../../../src/http/state.ts';
import { LINGER_BYTES_MAX, LINGER_MS_MAX } from '../../../src/middleware/linger.ts';
import { lastBody, openRaw } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp } from '../../support/start-app.ts';

const HEAD = 'POST /streams HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n';

describe('a media type', () => {
  test.each([
    'application/json',
    'APPLICATION/JSON; charset=UTF-8',
    'application/json;charset="utf8"',
    'application/cloudevents+json',
    'application/json; profile=charset=latin1',
  ])('may be %s', async (type) => {
    const { post } = await startTestApp();
    expect((await post('/streams', { name: 'orders' }, { 'content-type': type })).status).toBe(201);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'x-application/json',
    'json',
    '',
  ])('may not be %j', async (type) => {
    const { post, client } = await startTestApp();
    const response = await post('/streams', { name: 'orders' }, { 'content-type': type });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept')).toBe('application/json');
    expect(client.calls).not.toContain('createStream');
  });

  test.each(['latin1', 'utf-80', 'x-utf-8', ''])('may not name the charset %j', async (charset) => {
    const { post } = await startTestApp();
    const type = `application/json; charset=${charset}`;
    expect((await post('/streams', { name: 'a' }, { 'content-type': type })).status).toBe(415);
  });
});

describe('a body over the limit', () => {
  const env = { MAX_REQUEST_BODY_SIZE: '20' };

  test('is taken up to the very byte', async () => {
    const { post } = await startTestApp({ env });
    expect((await post('/streams', '{"name":"abcdefghi"}')).status).toBe(201);
    expect((await post('/streams', '{"name":"abcdefghij"}')).status).toBe(413);
  });

  test('is refused by its announcement, before any of it has come', async () => {
    const { app } = await startTestApp({ env });
    const raw = await openRaw(app.port);
    raw.write(`${HEAD}Content-Length: 21\r\n\r\n`);
    const answer = await raw.received(/\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(lastBody(answer)).toMatchObject({ error: 'payload_too_large', status: 413 });
  });

  test('is refused as soon as too much has come, when nothing was announced', async () => {
    const { app } = await startTestApp({ env });
    const raw = await openRaw(app.port);
    raw.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    raw.write(`15\r\n${'x'.repeat(21)}\r\n`);
    expect(await raw.received(/\}$/)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('still being sent is thrown away for a moment, so that its client sees the answer', async () => {
    const { app, clock } = await startTestApp({ env });
    const raw = await openRaw(app.port);
    raw.write(`${HEAD}Content-Length: 1000000\r\n\r\n${'x'.repeat(100_000)}`);
    await raw.received(/\}$/);
    raw.write('x'.repeat(100_000));
    await clock.advance(LINGER_MS_MAX - 1);
    expect(raw.socket.closed).toBe(false);
    await clock.advance(1);
    await raw.closed;
  });

  test('sent to its end lets the connection end at once', async () => {
    const { app } = await startTestApp({ env });
    const raw = await openRaw(app.port);
    raw.write(`${HEAD}Content-Length: 30\r\n\r\n${'x'.repeat(10)}`);
    await raw.received(/\}$/);
    raw.write('x'.repeat(20));
    await raw.closed;
  });

  test('is not thrown away without end', async () => {
    const { app } = await startTestApp({ env });
    const raw = await openRaw(app.port);
    raw.socket.on('error', () => {});
    raw.write(`${HEAD}Content-Length: ${2 * LINGER_BYTES_MAX}\r\n\r\n`);
    await raw.received(/\}$/);
    raw.write('x'.repeat(LINGER_BYTES_MAX + 1024 * 1024));
    await raw.closed;
  });
});

describe('a body that does not come', () => {
  test('is answered with 408 when its time is over, and not before', async () => {
    const { app, clock } = await startTestApp({ env: { REQUEST_BODY_TIMEOUT_MS: '500' } });
    const raw = await openRaw(app.port);
    const before = clock.pendingTimers;
    raw.write(`${HEAD}Content-Length: 10\r\n\r\n{"na`);
    await until(() => clock.pendingTimers > before);
    await clock.advance(499);
    expect(raw.text()).toBe('');
    await clock.advance(1);
    const answer = await raw.received(/\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(lastBody(answer)).toMatchObject({ error: 'request_timeout', retryable: true });
  });

  test('is not waited for longer than the client itself wants to wait', async () => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    const before = clock.pendingTimers;
    raw.write(`${HEAD}X-Request-Timeout: 100\r\nContent-Length: 10\r\n\r\n{"na`);
    await until(() => clock.pendingTimers > before);
    await clock.advance(100);
    expect(await raw.received(/\}$/)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('because its client went away leaves nothing behind', async () => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    const before = clock.pendingTimers;
    raw.write(`${HEAD}Content-Length: 10\r\n\r\n{"na`);
    await until(() => clock.pendingTimers > before);
    raw.socket.destroy();
    await until(() => clock.pendingTimers === before);
  });
});

describe('a client that asks before it sends its body', () => {
  const ASKING = `${HEAD}Expect: 100-continue\r\nContent-Length: 17\r\n`;

  test('is told to go on once the request is wanted', async () => {
    const { app } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(`${ASKING}\r\n`);
    await raw.received(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    raw.write('{"name":"orders"}');
    expect(await raw.received(/\}$/)).toMatch(/HTTP\/1\.1 201 Created/);
  });

  test('is spared sending what would be refused', async () => {
    const { app } = await startTestApp({ env: { MAX_REQUEST_BODY_SIZE: '10' } });
    const raw = await openRaw(app.port);
    raw.write(`${ASKING}\r\n`);
    const answer = await raw.received(/\}$/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
  });

  test('for nothing is not left guessing where its next request begins', async () => {
    const { app, clock } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(`${ASKING.replace('/streams', '/nowhere')}\r\n`);
    expect(await raw.received(/\}$/)).toMatch(/\r\nConnection: close\r\n/);
    await clock.advance(LINGER_MS_MAX);
    await raw.closed;
  });
});

test('a body that came with its headers is neither waited for nor copied, and its end is seen', async () => {
  const sent = Buffer.from('{"a":1}');
  const headers = { 'content-type': 'application/json', 'content-length': String(sent.length) };
  const req = Object.assign(new PassThrough(), { headers });
  req.write(sent);
  const ctx = {
    req,
    state: { signal: new AbortController().signal },
  } as unknown as MiddlewareContext;
  expect(await readBody(ctx, 100)).toBe(sent);
  req.end();
  await once(req, 'end');
});

describe('whoever waits for a body', () => {
  const started = (bytesMax: number) => {
    const source = new PassThrough();
    const listeners = (): number[] =>
      ['data', 'end', 'error'].map((name) => source.listenerCount(name));
    const before = listeners();
    const caller = new AbortController();
    const { signal } = caller;
    const body = collectBody(source, { encoding: undefined, bytesMax, signal });
    const left = (): unknown => ({
      added: listeners().map((count, index) => count - (before[index] ?? 0)),
      onSignal: getEventListeners(signal, 'abort').length,
    });
    return { source, caller, body, left };
  };
  const NOTHING = { added: [0, 0, 0], onSignal: 0 };

  test('leaves nothing behind when it has come', async () => {
    const { source, body, left } = started(10);
    source.end('whole');
    expect(String(await body)).toBe('whole');
    expect(left()).toEqual(NOTHING);
  });

  test('leaves nothing behind when it is too long, and no more is read', async () => {
    const { source, body, left } = started(3);
    source.write('whole');
    await expect(body).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(source.isPaused()).toBe(true);
    expect(left()).toEqual(NOTHING);
  });

  test('leaves nothing behind when it breaks off, and the cause is kept', async () => {
    const { source, body, left } = started(10);
    const cause = new Error('reset');
    source.on('error', () => {});
    source.destroy(cause);
    await expect(body).rejects.toMatchObject({ code: 'bad_request', cause });
    expect(left()).toEqual({ ...NOTHING, added: [0, 0, 1] });
  });

  test('is not kept waiting beyond its time, even if that is over already', async () => {
    const { caller, body, left } = started(10);
    caller.abort(new Error('too late'));
    await expect(body).rejects.toMatchObject({ code: 'request_timeout' });
    expect(left()).toEqual(NOTHING);
    const signal = AbortSignal.abort(new Error('too late'));
    const late = collectBody(new PassThrough(), { encoding: undefined, bytesMax: 10, signal });
    await expect(late).rejects.toMatchObject({ code: 'request_timeout' });
  });
});
