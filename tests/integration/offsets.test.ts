import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { newTopic, openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

const offsetPath = (topicPath: string, consumerId: number, partitionId = 0): string =>
  `${topicPath}/consumers/${consumerId}/offset?partition_id=${partitionId}`;

function put(path: string, body: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return gateway.fetch(path, { method: 'PUT', headers, body: JSON.stringify(body) });
}

async function topicWith(events: readonly object[]): Promise<{ stream: string; path: string }> {
  const topic = await newTopic(gateway);
  expect((await gateway.post(`${topic.path}/messages/batch`, { events })).status).toBe(201);
  return topic;
}

interface Page {
  messages: { offset: number; event: { id: string } }[];
}

async function poll(path: string, consumerId: number, count: number): Promise<Page> {
  const response = await gateway.fetch(`${path}/messages?consumer_id=${consumerId}&count=${count}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

test('who polls, works and then stores the offset sees every message, and a crash between repeats', async () => {
  const events = Array.from({ length: 7 }, () => anEvent());
  const { path } = await topicWith(events);
  const processed: string[] = [];
  for (let round = 0; ; round += 1) {
    const { messages } = await poll(path, 5, 3);
    const last = messages.at(-1);
    if (last === undefined) break;
    processed.push(...messages.map(({ event }) => event.id));
    // The worker dies once before it has said that it is done: the page comes again.
    if (round === 1) continue;
    const stored = await put(offsetPath(path, 5), { offset: last.offset });
    expect(stored.status).toBe(204);
    expect(await stored.text()).toBe('');
  }
  const ids = events.map(({ id }) => id);
  expect(processed).toEqual([...ids.slice(0, 3), ...ids.slice(3, 6), ...ids.slice(3)]);
});

test('an offset is read as it was stored, per consumer', async () => {
  const { path } = await topicWith([anEvent(), anEvent(), anEvent()]);
  await put(offsetPath(path, 5), { offset: 1 });
  await put(offsetPath(path, 6), { offset: '2' });
  const five = await gateway.fetch(offsetPath(path, 5));
  expect(five.status).toBe(200);
  expect(await five.json()).toEqual({
    consumer_id: 5,
    partition_id: 0,
    offset: 1,
    current_offset: 2,
  });
  expect(await (await gateway.fetch(offsetPath(path, 6))).json()).toMatchObject({ offset: 2 });
  expect((await gateway.fetch(offsetPath(path, 7))).status).toBe(404);
  expect((await gateway.fetch(offsetPath(path, 5), { method: 'HEAD' })).status).toBe(200);
});

test('an offset may go back, and be forgotten: the consumer begins anew', async () => {
  const events = [anEvent(), anEvent(), anEvent()];
  const { path } = await topicWith(events);
  const first = async (): Promise<number | undefined> =>
    (await poll(path, 5, 1)).messages[0]?.offset;
  await put(offsetPath(path, 5), { offset: 1 });
  expect(await first()).toBe(2);
  await put(offsetPath(path, 5), { offset: 0 });
  expect(await first()).toBe(1);
  const forgotten = await gateway.fetch(offsetPath(path, 5), { method: 'DELETE' });
  expect(forgotten.status).toBe(204);
  expect(await first()).toBe(0);
  const again = await gateway.fetch(offsetPath(path, 5), { method: 'DELETE' });
  expect(again.status).toBe(404);
});

test('what a committing poll has stored can be read', async () => {
  const { path } = await topicWith([anEvent(), anEvent(), anEvent()]);
  await gateway.fetch(`${path}/messages?consumer_id=5&count=2&auto_commit=true`);
  const offset = await gateway.fetch(offsetPath(path, 5));
  expect(await offset.json()).toMatchObject({ offset: 1 });
});

describe('is refused', () => {
  test('an offset beyond the last message, by its name', async () => {
    const { path } = await topicWith([anEvent()]);
    const response = await put(offsetPath(path, 5), { offset: 1 });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'bad_request',
      errors: [{ path: '/offset', message: "is beyond the partition's last message" }],
    });
  });

  test.each([
    ['/consumers/0/offset', { offset: 0 }, '/consumer_id'],
    ['/consumers/5/offset?partition_id=x', { offset: 0 }, '/partition_id'],
    ['/consumers/5/offset', { offset: -1 }, '/offset'],
    ['/consumers/5/offset', { offset: 0, more: 1 }, '/more'],
  ])('%s with %j names %s', async (rest, body, pointer) => {
    const response = await put(`/streams/s/topics/t${rest}`, body);
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toEqual([pointer]);
  });

  test('what is not there, saying what it is', async () => {
    const { stream, path } = await topicWith([anEvent()]);
    const none = `none-${randomUUID()}`;
    const targets = [
      [`/streams/${none}/topics/events`, 0, `Stream '${none}' does not exist`],
      [`/streams/${stream}/topics/${none}`, 0, `Topic '${none}' does not exist in stream`],
      [path, 9, `Topic 'events' in stream '${stream}' has no partition 9`],
    ] as const;
    for (const [topicPath, partitionId, detail] of targets) {
      const at = offsetPath(topicPath, 5, partitionId);
      const answers = [
        await gateway.fetch(at),
        await put(at, { offset: 0 }),
        await gateway.fetch(at, { method: 'DELETE' }),
      ];
      for (const answer of answers) {
        expect(answer.status).toBe(404);
        expect(await answer.json()).toMatchObject({
          error: 'not_found',
          detail: expect.stringContaining(detail),
        });
      }
    }
  });
});
