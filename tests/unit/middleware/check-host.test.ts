import { expect, test } from 'vitest';

import { lastBody, openRaw } from '../../support/raw-http.ts';
import { startTestApp } from '../../support/start-app.ts';

test.each([
  ['none', ''],
  ['two', 'Host: a\r\nhost: a\r\n'],
])('a request with %s is refused', async (_, hosts) => {
  const { app } = await startTestApp();
  const raw = await openRaw(app.port);
  raw.write(`GET /health HTTP/1.1\r\n${hosts}\r\n`);
  const answer = await raw.received(/\}$/);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(lastBody(answer)).toMatchObject({ error: 'bad_request' });
});

test('HTTP/1.0 did not know the header, and need not send it', async () => {
  const { app } = await startTestApp();
  const raw = await openRaw(app.port);
  raw.write('GET /health HTTP/1.0\r\n\r\n');
  expect(await raw.closed).toMatch(/^HTTP\/1\.1 200 /);
});
