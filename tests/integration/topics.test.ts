import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

async function newStream(): Promise<{ name: string; id: number }> {
  const created = await gateway.post('/streams', { name: `stream-${randomUUID()}` });
  return (await created.json()) as { name: string; id: number };
}

test('a topic that is made is there, tells what it is, and is gone when it is removed', async () => {
  const stream = await newStream();
  const topics = `/streams/${stream.name}/topics`;
  const created = await gateway.post(topics, { name: 'orders', partitions: 3 });
  expect(created.status).toBe(201);
  expect(created.headers.get('location')).toBe(`${topics}/orders`);
  const view = await created.json();
  expect(view).toMatchObject({
    name: 'orders',
    stream_id: stream.id,
    partitions_count: 3,
    size_bytes: 0,
    messages_count: 0,
  });

  expect(await (await gateway.fetch(`${topics}/orders`)).json()).toEqual(view);
  expect(await (await gateway.fetch(topics)).json()).toEqual([view]);
  const shown = await (await gateway.fetch(`/streams/${stream.name}`)).json();
  expect(shown).toMatchObject({ topics_count: 1 });

  expect((await gateway.fetch(`${topics}/orders`, { method: 'DELETE' })).status).toBe(204);
  expect(await (await gateway.fetch(topics)).json()).toEqual([]);
  expect((await gateway.fetch(`${topics}/orders`)).status).toBe(404);
});

test('a topic has one partition unless told otherwise', async () => {
  const { name } = await newStream();
  const created = await gateway.post(`/streams/${name}/topics`, { name: 'a' });
  expect(await created.json()).toMatchObject({ partitions_count: 1 });
});

test('an option goes to the broker as it is, and the topic shows what is in force', async () => {
  const { name } = await newStream();
  const options = { messages_required_to_save: '1' };
  const created = await gateway.post(`/streams/${name}/topics`, { name: 'a', options });
  expect(created.status).toBe(201);
  expect(await created.json()).toMatchObject({ options });
});

test('an option the broker does not know is named', async () => {
  const { name } = await newStream();
  const options = { colour: 'red' };
  const response = await gateway.post(`/streams/${name}/topics`, { name: 'a', options });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    error: 'bad_request',
    errors: [{ path: '/options/colour' }],
  });
});

test('a second topic of the same name is a conflict', async () => {
  const { name } = await newStream();
  await gateway.post(`/streams/${name}/topics`, { name: 'a' });
  const second = await gateway.post(`/streams/${name}/topics`, { name: 'a' });
  expect(second.status).toBe(409);
  expect(await second.json()).toMatchObject({ error: 'already_exists' });
});

test('whether the stream or the topic is missing can be read', async () => {
  const { name } = await newStream();
  const detailOf = async (path: string): Promise<unknown> =>
    ((await (await gateway.fetch(path)).json()) as { detail: string }).detail;
  expect(await detailOf('/streams/nope/topics')).toBe("Stream 'nope' does not exist");
  expect(await detailOf('/streams/nope/topics/t')).toBe("Stream 'nope' does not exist");
  expect(await detailOf(`/streams/${name}/topics/t`)).toBe(
    `Topic 't' does not exist in stream '${name}'`,
  );
  const created = await gateway.post('/streams/nope/topics', { name: 'a' });
  expect(created.status).toBe(404);
});
