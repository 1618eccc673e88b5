import { expect, test } from 'vitest';

import { writeKeysFile } from '../../support/keys-file.ts';
import { startTestApp, type TestApp } from '../../support/start-app.ts';

// Which route needs which scope is told in docs.security.test.ts, through the same front door.

async function startFor(...scopes: string[]): Promise<TestApp> {
  const file = writeKeysFile({ name: 'narrow', key: 'k', scopes });
  return startTestApp({ env: { API_KEYS_FILE: file, API_KEY: 'wide' } });
}

const headers = { 'x-api-key': 'k' };

test('outside its scopes a key is refused, and told which scope it lacks', async () => {
  const { fetch } = await startFor('poll:orders/*');
  const response = await fetch('/streams/orders/topics/eu', { headers });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    error: 'forbidden',
    retryable: false,
    message: 'This API key has no scope for view:orders/eu',
  });
  expect(await (await fetch('/streams', { headers })).json()).toMatchObject({
    message: 'This API key has no scope for view:*',
  });
});

test('a refused request never reaches the broker', async () => {
  const app = await startFor('poll:orders/*');
  await app.fetch('/streams/orders', { method: 'DELETE', headers });
  expect(app.client.signals).toEqual([]);
});

test('a name is judged as the route reads it, so that no encoding gets around a scope', async () => {
  const { fetch } = await startFor('view:orders');
  expect((await fetch('/streams/%6frders', { headers })).status).toBe(404);
  expect((await fetch('/streams/secret%2F..%2Forders', { headers })).status).toBe(403);
  expect((await fetch('/streams/secrets', { headers })).status).toBe(403);
});

test('a key of the settings may do everything', async () => {
  const { fetch } = await startFor('poll:orders/*');
  const response = await fetch('/streams', { headers: { 'x-api-key': 'wide' } });
  expect(response.status).toBe(200);
});

test('HEAD needs what GET needs', async () => {
  const { fetch } = await startFor('poll:orders/*');
  expect((await fetch('/streams', { method: 'HEAD', headers })).status).toBe(403);
});
