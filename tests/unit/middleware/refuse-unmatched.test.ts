import { describe, expect, test } from 'vitest';

import { openRaw } from '../../support/raw-http.ts';
import { startTestApp } from '../../support/start-app.ts';

describe('a path nobody knows', () => {
  test.each([
    '/',
    '/nowhere',
    '/health/',
    '/HEALTH',
    '/Streams',
    '/streams/',
    '/streams/a/',
    '/streams/a/topics/b/messages/',
    '/streams/a/topics/b/c',
    '//health',
    '/messages/batch/x',
  ])('%s is a 404, whatever the method', async (path) => {
    const { fetch } = await startTestApp();
    for (const method of ['GET', 'POST', 'OPTIONS', 'PROPFIND']) {
      const response = await fetch(path, { method });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ error: 'route_not_found' });
    }
  });
});

describe('a method a path does not know', () => {
  test.each([
    ['/health', 'POST', 'GET, HEAD, OPTIONS'],
    ['/streams', 'PUT', 'GET, HEAD, OPTIONS, POST'],
    ['/streams/a', 'PATCH', 'DELETE, GET, HEAD, OPTIONS'],
    ['/messages', 'PROPFIND', 'GET, HEAD, OPTIONS, POST'],
    ['/messages/batch', 'GET', 'OPTIONS, POST'],
  ])('%s %s is a 405 that names those it knows', async (path, method, allow) => {
    const { fetch } = await startTestApp();
    const response = await fetch(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ error: 'method_not_allowed' });
  });

  test('OPTIONS is answered with those it knows', async () => {
    const { fetch } = await startTestApp();
    const response = await fetch('/streams/a/topics/b', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS');
    expect(await response.text()).toBe('');
  });
});

test.each(['/health', '/ready', '/stats', '/streams'])(
  'HEAD %s is GET without a body',
  async (path) => {
    const { app, fetch } = await startTestApp();
    const raw = await openRaw(app.port);
    raw.write(`HEAD ${path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`);
    const answer = await raw.closed;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\n\r\n$/);
    const length = (await fetch(path)).headers.get('content-length');
    expect(answer).toContain(`Content-Length: ${length}\r\n`);
  },
);
