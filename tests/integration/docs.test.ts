import { expect, test } from 'vitest';

import { createOpenApiDocument } from '../../src/http/openapi/document.ts';
import { lastBody, openRaw } from '../support/raw-http.ts';
import { startTestApp } from '../support/start-app.ts';

const FILES = [
  ['/docs/swagger-ui.css', 'text/css; charset=utf-8'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['/docs/start.js', 'text/javascript; charset=utf-8'],
  ['/docs/favicon-32x32.png', 'image/png'],
] as const;

test('the document is served as it was made', async () => {
  const { fetch } = await startTestApp({ env: { BATCH_MAX_SIZE: '7' }, version: '1.2.3' });
  const response = await fetch('/openapi.json');
  expect(response.status).toBe(200);
  const made = createOpenApiDocument({ version: '1.2.3', batchMax: 7 });
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(made)));
});

test('the page may load nothing from elsewhere', async () => {
  const { fetch } = await startTestApp();
  const response = await fetch('/docs');
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:",
  );
  const page = await response.text();
  const loaded = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
  expect(new Set(loaded)).toEqual(new Set(FILES.map(([path]) => path.slice(1))));
});

test.each(FILES)('%s is there, as %s', async (path, type) => {
  const { fetch } = await startTestApp();
  const response = await fetch(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
});

test.each([
  '/docs/',
  '/docs/index.html',
  '/docs/package.json',
  '/docs/swagger-ui-bundle.js.map',
  '/docs/../package.json',
  '/docs/..%2f..%2fpackage.json',
  '/docs/%2e%2e/package.json',
  '/docs/swagger-ui.css/../package.json',
])('nothing else is reachable: %s', async (path) => {
  const { app } = await startTestApp();
  const raw = await openRaw(app.port);
  raw.write(`GET ${path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n`);
  expect(lastBody(await raw.closed)).toMatchObject({ status: 404, error: 'route_not_found' });
});

test('a browser that sends no key may read it all, and nothing more', async () => {
  const { fetch } = await startTestApp({ env: { API_KEY: 'a-key-that-nobody-guesses' } });
  for (const path of ['/openapi.json', '/docs', ...FILES.map(([file]) => file)]) {
    expect((await fetch(path)).status).toBe(200);
  }
  expect((await fetch('/streams')).status).toBe(401);
});

test('switched off, none of it is there', async () => {
  const { fetch } = await startTestApp({ env: { DOCS_ENABLED: 'false' } });
  for (const path of ['/openapi.json', '/docs', ...FILES.map(([file]) => file)]) {
    const response = await fetch(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: 'route_not_found' });
  }
});
