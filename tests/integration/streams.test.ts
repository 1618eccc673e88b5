import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

test('a stream that is made is there, tells what it is, and is gone when it is removed', async () => {
  const name = `stream-${randomUUID()}`;
  const created = await gateway.post('/streams', { name });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`/streams/${name}`);
  const view: unknown = await created.json();
  expect(view).toEqual({
    id: expect.any(Number),
    name,
    created_at: expect.stringMatching(RFC_3339),
    topics_count: 0,
    size_bytes: 0,
    messages_count: 0,
  });

  expect(await (await gateway.fetch(`/streams/${name}`)).json()).toEqual(view);
  expect(await (await gateway.fetch('/streams')).json()).toContainEqual(view);

  const removed = await gateway.fetch(`/streams/${name}`, { method: 'DELETE' });
  expect(removed.status).toBe(204);
  expect(await removed.text()).toBe('');
  expect((await gateway.fetch(`/streams/${name}`)).status).toBe(404);
});

test('a second stream of the same name is a conflict', async () => {
  const name = `stream-${randomUUID()}`;
  await gateway.post('/streams', { name });
  const second = await gateway.post('/streams', { name });
  expect(second.status).toBe(409);
  expect(await second.json()).toMatchObject({
    error: 'already_exists',
    detail: `Stream '${name}' already exists`,
    retryable: false,
  });
});

test('what is not there can neither be shown nor removed', async () => {
  const path = `/streams/stream-${randomUUID()}`;
  for (const method of ['GET', 'DELETE']) {
    const response = await gateway.fetch(path, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ error: 'not_found' });
  }
});

test('a name of digits is a name, never an id', async () => {
  const name = String(Math.trunc(Number(`0x${randomUUID().slice(0, 8)}`)) + 1_000_000);
  expect((await gateway.post('/streams', { name })).status).toBe(201);
  expect(await (await gateway.fetch(`/streams/${name}`)).json()).toMatchObject({ name });
  const { id } = (await (await gateway.fetch(`/streams/${name}`)).json()) as { id: number };
  expect((await gateway.fetch(`/streams/${id}`)).status).toBe(404);
  await gateway.fetch(`/streams/${name}`, { method: 'DELETE' });
});

test('a percent-encoded name is decoded once', async () => {
  const name = `stream-${randomUUID()}`;
  await gateway.post('/streams', { name });
  const encoded = name.replaceAll('-', '%2D');
  expect((await gateway.fetch(`/streams/${encoded}`)).status).toBe(200);
  const twice = encoded.replaceAll('%', '%25');
  expect((await gateway.fetch(`/streams/${twice}`)).status).toBe(400);
});
