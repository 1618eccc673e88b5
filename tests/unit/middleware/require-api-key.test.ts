import { describe, expect, test } from 'vitest';

import { openRaw } from '../../support/raw-http.ts';
import { startTestApp, type TestApp } from '../../support/start-app.ts';

const ENV = { API_KEY: 'alpha,beta', TRUSTED_PROXIES: '127.0.0.1' };

async function ask(
  { fetch }: TestApp,
  headers: Record<string, string> = {},
  path = '/streams',
): Promise<{ status: number; error?: string; message?: string; headers: Headers }> {
  const response = await fetch(path, { headers });
  const body = (await response.json()) as { error?: string; message?: string };
  return { ...body, status: response.status, headers: response.headers };
}

describe('a key', () => {
  test.each([
    ['X-API-Key', { 'x-api-key': 'alpha' }],
    ['X-API-Key, another one while rotating', { 'x-api-key': 'beta' }],
    ['Authorization: Bearer', { authorization: 'Bearer alpha' }],
    ['a bearer written otherwise', { authorization: 'bearer  alpha' }],
  ])('is taken from %s', async (_, headers) => {
    const app = await startTestApp({ env: ENV });
    const { status, headers: answered } = await ask(app, headers);
    expect(status).toBe(200);
    expect(answered.has('deprecation')).toBe(false);
  });

  test('is still taken from the query, which is answered with Deprecation', async () => {
    const app = await startTestApp({ env: ENV });
    const right = await ask(app, {}, '/streams?api_key=alpha');
    expect(right.status).toBe(200);
    expect(right.headers.get('deprecation')).toMatch(/^@\d+$/);
    const wrong = await ask(app, {}, '/streams?api_key=wrong');
    expect(wrong.status).toBe(401);
    expect(wrong.headers.has('deprecation')).toBe(true);
  });

  test('in a header counts before one in the query', async () => {
    const app = await startTestApp({ env: ENV });
    expect((await ask(app, { 'x-api-key': 'wrong' }, '/streams?api_key=alpha')).status).toBe(401);
    expect((await ask(app, { 'x-api-key': 'alpha' }, '/streams?api_key=wrong')).status).toBe(200);
  });

  test('that is missing is asked for', async () => {
    const app = await startTestApp({ env: ENV });
    for (const headers of [{}, { authorization: 'Basic YTpi' }, { 'x-api-key': '' }]) {
      const { status, headers: answered, ...body } = await ask(app, headers);
      expect(status).toBe(401);
      expect(answered.get('www-authenticate')).toBe('API-Key');
      expect(body).toMatchObject({ error: 'unauthorized', message: 'API key required' });
    }
  });

  test('that is wrong is refused', async () => {
    const app = await startTestApp({ env: ENV });
    for (const key of ['gamma', 'alpha,beta', 'alph']) {
      const { status, headers, ...body } = await ask(app, { 'x-api-key': key });
      expect(status).toBe(401);
      expect(headers.get('www-authenticate')).toBe('API-Key');
      expect(body).toMatchObject({ error: 'unauthorized', message: 'Invalid API key' });
    }
  });

  test('that is given twice is not two chances', async () => {
    const { app } = await startTestApp({ env: ENV });
    const raw = await openRaw(app.port);
    raw.write('GET /streams HTTP/1.1\r\nHost: t\r\nX-API-Key: x\r\nX-API-Key: alpha\r\n\r\n');
    expect(await raw.received(/\}$/)).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('is needed for what does not exist too', async () => {
    const app = await startTestApp({ env: ENV });
    expect((await ask(app, {}, '/nowhere')).status).toBe(401);
    expect((await ask(app, { 'x-api-key': 'alpha' }, '/nowhere')).status).toBe(404);
  });
});

describe('no key is needed', () => {
  test('where there are none', async () => {
    expect((await ask(await startTestApp())).status).toBe(200);
  });

  test('for the probes, whatever the bypass', async () => {
    const app = await startTestApp({ env: { ...ENV, AUTH_BYPASS_PATHS: '/stats' } });
    for (const path of ['/health', '/ready', '/stats']) {
      expect((await ask(app, {}, path)).status).toBe(200);
    }
  });

  test('for paths that are let through, and for no path that only looks like them', async () => {
    const app = await startTestApp({ env: { ...ENV, AUTH_BYPASS_PATHS: '/streams' } });
    expect((await ask(app)).status).toBe(200);
    expect((await ask(app, {}, '/streams?x=/streams')).status).toBe(200);
    for (const path of [
      '/streams/',
      '/streams/a',
      '/Streams',
      '//streams',
      '/%73treams',
      '/stats',
    ]) {
      expect((await ask(app, {}, path)).status).toBe(401);
    }
  });

  test('for the description of the gateway', async () => {
    const { fetch } = await startTestApp({ env: ENV });
    for (const path of ['/openapi.json', '/docs', '/docs/']) {
      expect((await fetch(path, { redirect: 'manual' })).status).not.toBe(401);
    }
    expect((await fetch('/docsx')).status).toBe(401);
    expect((await fetch('/openapi.json/x')).status).toBe(401);
  });

  test('to learn which methods there are', async () => {
    const { fetch } = await startTestApp({ env: ENV });
    expect((await fetch('/streams', { method: 'OPTIONS' })).status).toBe(204);
  });
});

describe('wrong keys', () => {
  const wrong = (address: string) => ({ 'x-api-key': 'wrong', 'x-forwarded-for': address });
  const right = (address: string) => ({ 'x-api-key': 'alpha', 'x-forwarded-for': address });

  test('may be tried five times at once and ten times a minute by one address', async () => {
    const app = await startTestApp({ env: ENV });
    const seen: number[] = [];
    for (let n = 0; n < 7; n += 1) seen.push((await ask(app, wrong('192.0.2.1'))).status);
    expect(seen).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const { headers, error } = await ask(app, wrong('192.0.2.1'));
    expect(error).toBe('too_many_requests');
    expect(headers.get('retry-after')).toBe('6');
    expect((await ask(app, wrong('192.0.2.2'))).status).toBe(401);
    await app.clock.advance(6000);
    expect((await ask(app, wrong('192.0.2.1'))).status).toBe(401);
    expect((await ask(app, wrong('192.0.2.1'))).status).toBe(429);
  });

  test('are no missing keys: those are asked for, however often', async () => {
    const app = await startTestApp({ env: ENV });
    for (let n = 0; n < 20; n += 1) expect((await ask(app)).message).toBe('API key required');
  });

  test('fault 7: never slow a valid key down, not even one from the same address', async () => {
    const app = await startTestApp({ env: ENV });
    for (let n = 0; n < 50; n += 1) {
      await ask(app, wrong('192.0.2.1'));
      expect((await ask(app, right('192.0.2.1'))).status).toBe(200);
    }
    expect((await ask(app, wrong('192.0.2.1'))).status).toBe(429);
  });

  test('fault 7: valid keys use nothing up for those who mistype', async () => {
    const app = await startTestApp({ env: ENV });
    for (let n = 0; n < 50; n += 1) await ask(app, right('192.0.2.1'));
    expect((await ask(app, wrong('192.0.2.1'))).status).toBe(401);
  });
});
