import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { newTopic, openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

interface Page {
  messages: { offset: number; id: string; event: { id: string } | null; size: number }[];
  count: number;
  partition_id: number;
  current_offset: number;
}
interface Sent {
  event_id: string;
  partition_id: number;
  offset: number;
  message_id: string;
}

async function poll(path: string, query: string): Promise<Page> {
  const response = await gateway.fetch(`${path}/messages?${query}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

async function send(path: string, event: object, more: object = {}): Promise<Sent> {
  const response = await gateway.post(`${path}/messages`, { event, ...more });
  expect(response.status).toBe(201);
  return (await response.json()) as Sent;
}

const ids = ({ messages }: Page): unknown[] => messages.map(({ event }) => event?.id);

describe('one event', () => {
  test('is confirmed with its place, and found there', async () => {
    const { stream, path } = await newTopic(gateway);
    const event = anEvent({ source: 'test', extra: { unknown: true } });
    const sent = await send(path, event);
    expect(sent).toEqual({
      success: true,
      event_id: event.id,
      stream,
      topic: 'events',
      timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:]{8}\.\d{6}Z$/),
      partition_id: 0,
      offset: 0,
      message_id: BigInt(`0x${event.id.replaceAll('-', '')}`).toString(),
    });
    expect(await poll(path, 'offset=0')).toEqual({
      messages: [
        {
          offset: 0,
          timestamp: expect.stringMatching(/^\d{4}-/),
          id: sent.message_id,
          event,
          size: Buffer.byteLength(JSON.stringify(event)),
        },
      ],
      count: 1,
      partition_id: 0,
      current_offset: 0,
    });
  });

  test('goes to the default topic if its path names none', async () => {
    const event = anEvent();
    const sent = await send('', event);
    const page = await poll('', `partition_id=${sent.partition_id}&offset=${sent.offset}`);
    expect(ids(page)).toEqual([event.id]);
  });

  test('with a key always goes to the partition of its key', async () => {
    const { path } = await newTopic(gateway, 4);
    const keys = ['user-42', 'consumer-1', 'iggy', '✓', 'user-42', 'iggy'];
    const partitions: number[] = [];
    for (const key of keys) {
      partitions.push((await send(path, anEvent(), { partition_key: key })).partition_id);
    }
    // XXH32 of the key modulo the partitions, as every official client does it.
    expect(partitions.slice(0, 3)).toEqual([
      1_635_883_646 % 4,
      1_338_303_147 % 4,
      2_520_218_128 % 4,
    ]);
    expect(partitions.slice(4)).toEqual([partitions[0], partitions[2]]);
  });

  test('without a key is spread over all partitions', async () => {
    const { path } = await newTopic(gateway, 3);
    const sent = [];
    for (let n = 0; n < 6; n += 1) sent.push((await send(path, anEvent())).partition_id);
    expect(sent.toSorted((a, b) => a - b)).toEqual([0, 0, 1, 1, 2, 2]);
  });
});

describe('a batch', () => {
  test('is stored in order, in one partition, and confirmed one by one', async () => {
    const { path } = await newTopic(gateway, 3);
    const events = Array.from({ length: 50 }, () => anEvent());
    const response = await gateway.post(`${path}/messages/batch`, { events, partition_key: 'k' });
    expect(response.status).toBe(201);
    const sent = (await response.json()) as Sent[];
    expect(sent.map((one) => one.event_id)).toEqual(events.map(({ id }) => id));
    expect(sent.map(({ offset }) => offset)).toEqual(events.map((_, index) => index));
    const [first] = sent;
    expect(new Set(sent.map((one) => one.partition_id)).size).toBe(1);
    const page = await poll(path, `partition_id=${first?.partition_id}&offset=0&count=100`);
    expect(ids(page)).toEqual(events.map(({ id }) => id));
  });

  test('with one invalid event stores none, and names every bad index', async () => {
    const { path } = await newTopic(gateway);
    const events = [anEvent(), anEvent({ id: 'x' }), anEvent(), anEvent({ timestamp: 'now' })];
    const response = await gateway.post(`${path}/messages/batch`, { events });
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map((error) => error.path)).toEqual(['/events/1/id', '/events/3/timestamp']);
    expect((await poll(path, 'offset=0')).count).toBe(0);
  });

  test('may go to the default topic', async () => {
    const response = await gateway.post('/messages/batch', { events: [anEvent()] });
    expect(response.status).toBe(201);
  });
});

describe('a poll', () => {
  test('starts at the offset it names and ends at its count', async () => {
    const { path } = await newTopic(gateway);
    const events = Array.from({ length: 12 }, () => anEvent());
    await gateway.post(`${path}/messages/batch`, { events });
    const page = await poll(path, 'offset=3&count=4');
    expect(page).toMatchObject({ count: 4, current_offset: 11 });
    expect(page.messages.map(({ offset }) => offset)).toEqual([3, 4, 5, 6]);
    expect((await poll(path, 'offset=0')).count).toBe(10);
    expect((await poll(path, 'offset=12')).messages).toEqual([]);
  });

  test('without an offset goes on after what its consumer has committed', async () => {
    const { path } = await newTopic(gateway);
    const events = Array.from({ length: 5 }, () => anEvent());
    await gateway.post(`${path}/messages/batch`, { events });
    const all = events.map(({ id }) => id);

    expect(ids(await poll(path, 'count=2'))).toEqual(all.slice(0, 2));
    expect(ids(await poll(path, 'count=2'))).toEqual(all.slice(0, 2));
    expect(ids(await poll(path, 'count=2&auto_commit=true'))).toEqual(all.slice(0, 2));
    expect(ids(await poll(path, 'count=2&auto_commit=true'))).toEqual(all.slice(2, 4));
    expect(ids(await poll(path, 'count=2'))).toEqual(all.slice(4));
    expect(ids(await poll(path, 'count=2&consumer_id=2'))).toEqual(all.slice(0, 2));
  });

  test('for more than there may be is told how many it gets', async () => {
    const { path } = await newTopic(gateway);
    const response = await gateway.fetch(`${path}/messages?count=4294967295`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-effective-count')).toBe('100');
  });

  test('of a partition that is not there names it', async () => {
    const { stream, path } = await newTopic(gateway);
    const response = await gateway.fetch(`${path}/messages?partition_id=1`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: 'not_found',
      detail: `Topic 'events' in stream '${stream}' has no partition 1`,
    });
  });

  test('may be HEAD, which commits nothing', async () => {
    const { path } = await newTopic(gateway);
    const { event_id: id } = await send(path, anEvent());
    const head = await gateway.fetch(`${path}/messages?auto_commit=true`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(ids(await poll(path, 'count=1'))).toEqual([id]);
  });
});

describe('a send to what is not there', () => {
  test('names what is missing, and stores nothing', async () => {
    const { stream } = await newTopic(gateway);
    const missing = `none-${randomUUID()}`;
    for (const [path, detail] of [
      [`/streams/${missing}/topics/events`, `Stream '${missing}' does not exist`],
      [
        `/streams/${stream}/topics/${missing}`,
        `Topic '${missing}' does not exist in stream '${stream}'`,
      ],
    ] as const) {
      for (const body of [{ event: anEvent() }, { event: anEvent(), partition_key: 'k' }]) {
        const response = await gateway.post(`${path}/messages`, body);
        expect(response.status).toBe(404);
        expect(await response.json()).toMatchObject({ error: 'not_found', detail });
      }
    }
  });

  test('was there, and is gone, is found out', async () => {
    const { path } = await newTopic(gateway);
    await send(path, anEvent());
    await gateway.fetch(path, { method: 'DELETE' });
    const response = await gateway.post(`${path}/messages`, { event: anEvent() });
    expect(response.status).toBe(404);
  });
});
