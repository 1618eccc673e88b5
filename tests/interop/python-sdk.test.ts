import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { findPython, startPythonClient } from '../support/python-client.ts';
import type { PythonClient } from '../support/python-client.ts';
import { openGateway } from '../support/start-gateway.ts';
import type { TestGateway } from '../support/start-gateway.ts';

const python = await findPython();

interface Received {
  offset: number;
  id: string;
  timestamp: number;
  payload: string;
  headers: Record<string, string>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const textOf = ({ payload }: Received): string => Buffer.from(payload, 'base64').toString();
const uuidAsDecimal = (uuid: string): string => BigInt(`0x${uuid.replaceAll('-', '')}`).toString();

/**
 * The released Python SDK (Rust inside), driving the embedded broker beside the gateway. Neither knows
 * of the other, so whatever they agree on is the protocol and not our opinion of it.
 */
describe.skipIf('missing' in python)('the official Python client', () => {
  let gateway: TestGateway;
  let client: PythonClient;

  beforeAll(async () => {
    gateway = await openGateway();
    client = startPythonClient('interpreter' in python ? python.interpreter : '');
    await client.call('connect', { connection_string: gateway.connectionString });
  });

  afterAll(async () => {
    await client.call('logout').catch(() => undefined);
    await client.stop();
    await gateway.stop();
  });

  const poll = async (stream: string, start: object, more: object = {}): Promise<Received[]> =>
    (await client.call('poll', {
      stream,
      topic: 'events',
      partition: 0,
      consumer: 7,
      start,
      count: 100,
      auto_commit: false,
      ...more,
    })) as Received[];

  /** A stream of its own with a topic `events`, so that tests do not meet. */
  async function newTopic(partitions = 1): Promise<string> {
    const stream = `sdk-${randomUUID()}`;
    await client.call('create_stream', { name: stream });
    await client.call('create_topic', { stream, name: 'events', partitions });
    return stream;
  }

  const sendTexts = async (stream: string, texts: string[], to: object): Promise<unknown> =>
    client.call('send', {
      stream,
      topic: 'events',
      to,
      messages: texts.map((text, index) => ({ id: String(index + 1), payload: base64(text) })),
    });

  const toPartition = (id: number): object => ({ kind: 'partition', id });

  test('pings, reads statistics, logs out and in again', async () => {
    await client.call('ping');
    expect(await client.call('stats')).toMatchObject({ streams: expect.any(Number) });
    await client.call('logout');
    await client.call('login', { username: 'iggy', password: 'iggy' });
    await client.call('ping');
  });

  test('is refused with a wrong password, and let in with the right one afterwards', async () => {
    await client.call('logout');
    await expect(
      client.call('login', { username: 'iggy', password: 'not-the-password' }),
    ).rejects.toThrow(/credentials/i);
    await client.call('login', { username: 'iggy', password: 'iggy' });
    await client.call('ping');
  });

  test('creates, finds, lists, renames and deletes streams and topics', async () => {
    const stream = await newTopic(3);
    expect(await client.call('get_stream', { stream })).toMatchObject({ name: stream, topics: 1 });
    expect(await client.call('get_topic', { stream, topic: 'events' })).toMatchObject({
      name: 'events',
      partitions: 3,
    });
    await client.call('update_topic', { stream, topic: 'events', name: 'renamed' });
    expect(await client.call('get_topics', { stream })).toMatchObject([{ name: 'renamed' }]);
    await client.call('delete_topic', { stream, topic: 'renamed' });
    expect(await client.call('get_topics', { stream })).toEqual([]);

    await client.call('update_stream', { stream, name: `${stream}-2` });
    expect(await client.call('get_stream', { stream })).toBeNull();
    const names = (await client.call('get_streams')) as { name: string }[];
    expect(names.map(({ name }) => name)).toContain(`${stream}-2`);
    await client.call('delete_stream', { stream: `${stream}-2` });
    expect(await client.call('get_stream', { stream: `${stream}-2` })).toBeNull();
  });

  test('is told which rule it broke', async () => {
    const stream = await newTopic();
    await expect(client.call('create_stream', { name: stream })).rejects.toThrow(/already exists/i);
    await expect(
      client.call('create_topic', { stream, name: 'events', partitions: 1 }),
    ).rejects.toThrow(/already exists/i);
    await expect(client.call('delete_stream', { stream: 'no-such-stream' })).rejects.toThrow(
      /not found/i,
    );
    await expect(sendTexts('no-such-stream', ['x'], toPartition(0))).rejects.toThrow(/not found/i);
  });

  test('grows and shrinks the partitions of a topic', async () => {
    const stream = await newTopic(2);
    await client.call('create_partitions', { stream, topic: 'events', count: 4 });
    expect(await client.call('get_topic', { stream, topic: 'events' })).toMatchObject({
      partitions: 6,
    });
    await client.call('delete_partitions', { stream, topic: 'events', count: 5 });
    expect(await client.call('get_topic', { stream, topic: 'events' })).toMatchObject({
      partitions: 1,
    });
  });

  test('polls what it sent with every strategy', async () => {
    const stream = await newTopic();
    expect(await sendTexts(stream, ['a', 'b', 'c'], toPartition(0))).toEqual([
      { partition: 0, offset: 0 },
    ]);
    expect(await sendTexts(stream, ['d', 'e'], toPartition(0))).toEqual([
      { partition: 0, offset: 3 },
    ]);

    const all = await poll(stream, { kind: 'first' });
    expect(all.map(textOf)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(all.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);

    const texts = async (start: object, more: object = {}): Promise<string[]> =>
      (await poll(stream, start, more)).map(textOf);
    expect(await texts({ kind: 'offset', value: 2 }, { count: 2 })).toEqual(['c', 'd']);
    expect(await texts({ kind: 'offset', value: 99 })).toEqual([]);
    expect(await texts({ kind: 'last' }, { count: 2 })).toEqual(['d', 'e']);
    expect(await texts({ kind: 'timestamp', value: all[3]?.timestamp })).toEqual(['d', 'e']);
    expect(await texts({ kind: 'next' }, { count: 2, auto_commit: true })).toEqual(['a', 'b']);
    expect(await texts({ kind: 'next' }, { auto_commit: true })).toEqual(['c', 'd', 'e']);
    expect(await texts({ kind: 'next' }, { auto_commit: true })).toEqual([]);
  });

  test('stores, reads and deletes the offset of a consumer', async () => {
    const stream = await newTopic();
    await sendTexts(stream, ['a', 'b', 'c'], toPartition(0));
    // Bodies written by hand from iggy-vsr-0.11 §3.6, so that our own codec has no say in them.
    const name = Buffer.from(stream);
    const target = Buffer.concat([
      Buffer.from([1, 1, 4, 7, 0, 0, 0]),
      Buffer.from([2, name.length]),
      name,
      Buffer.from([2, 6]),
      Buffer.from('events'),
      Buffer.from([1, 0, 0, 0, 0]),
    ]);
    const offset = Buffer.alloc(8);
    offset.writeBigUInt64LE(1n);
    const raw = async (code: number, ...parts: Buffer[]): Promise<string> =>
      Buffer.from(
        String(
          await client.call('raw', { code, payload: Buffer.concat(parts).toString('base64') }),
        ),
        'base64',
      ).toString('hex');

    expect(await raw(120, target)).toBe('');
    await raw(121, target, offset, Buffer.from([1]));
    expect(await raw(120, target)).toBe('0000000002000000000000000100000000000000');
    expect((await poll(stream, { kind: 'next' })).map(textOf)).toEqual(['c']);
    await raw(122, target, Buffer.from([1]));
    expect(await raw(120, target)).toBe('');
    expect((await poll(stream, { kind: 'next' })).map(textOf)).toEqual(['a', 'b', 'c']);
  });

  test('goes on after the offset that was stored through the gateway, and the other way round', async () => {
    const stream = await newTopic();
    await sendTexts(stream, ['a', 'b', 'c'], toPartition(0));
    const path = `/streams/${stream}/topics/events/consumers/7/offset`;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ offset: 0 });
    expect((await gateway.fetch(path, { method: 'PUT', headers, body })).status).toBe(204);
    const start = { kind: 'next' };
    expect((await poll(stream, start, { auto_commit: true })).map(textOf)).toEqual(['b', 'c']);
    expect(await (await gateway.fetch(path)).json()).toMatchObject({ offset: 2 });
    expect((await gateway.fetch(path, { method: 'DELETE' })).status).toBe(204);
    expect((await poll(stream, start)).map(textOf)).toEqual(['a', 'b', 'c']);
  });

  test('purges a topic and a stream: messages gone, offsets start at 0 again', async () => {
    const stream = await newTopic();
    await sendTexts(stream, ['a'], toPartition(0));
    await client.call('purge_topic', { stream, topic: 'events' });
    expect(await poll(stream, { kind: 'first' })).toEqual([]);
    expect(await sendTexts(stream, ['b'], toPartition(0))).toEqual([{ partition: 0, offset: 0 }]);
    await client.call('purge_stream', { stream });
    expect(await poll(stream, { kind: 'first' })).toEqual([]);
  });

  test('reads what the gateway sent: bytes, id and partition as the gateway said', async () => {
    const stream = await newTopic(3);
    const id = randomUUID();
    const event = `{ "id":"${id}","event_type":"t",  "timestamp":"2026-01-01T00:00:00Z","payload":{"type":"Generic","data":1e400}}`;
    const response = await gateway.fetch(`/streams/${stream}/topics/events/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"partition_key":"user-42","event":${event}}`,
    });
    expect(response.status).toBe(201);
    const sent = (await response.json()) as { partition_id: number; offset: number };

    // XXH32("user-42") mod 3, as the spec and the vectors have it.
    expect(sent.partition_id).toBe(2);
    const received = await poll(
      stream,
      { kind: 'offset', value: sent.offset },
      { partition: sent.partition_id },
    );
    expect(received.map(textOf)).toEqual([event]);
    expect(received[0]?.id).toBe(uuidAsDecimal(id));
  });

  test('sees the trace that a message was sent in as a user header', async () => {
    const stream = await newTopic();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const path = `/streams/${stream}/topics/events/messages`;
    await gateway.post(path, { event: anEvent() }, { traceparent });
    await gateway.post(path, { event: anEvent() });
    const received = await poll(stream, { kind: 'first' });
    expect(received.map(({ headers }) => headers)).toEqual([{ traceparent }, {}]);
  });

  test('hands a trace to whoever polls at the gateway', async () => {
    const stream = await newTopic();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
    await client.call('send', {
      stream,
      topic: 'events',
      to: toPartition(0),
      messages: [
        { id: '1', payload: base64('x'), headers: { traceparent, source: 'sdk' } },
        { id: '2', payload: base64('x'), headers: { traceparent: 'no trace' } },
      ],
    });
    const response = await gateway.fetch(`/streams/${stream}/topics/events/messages?offset=0`);
    const page = (await response.json()) as { messages: { traceparent?: string }[] };
    expect(page.messages.map((message) => message.traceparent)).toEqual([traceparent, undefined]);
  });

  test('puts a key on the partition where the gateway puts it', async () => {
    const stream = await newTopic(5);
    for (const key of ['user-42', 'a', 'order-1', 'ключ', 'tenant/7/order/000001']) {
      const [confirmation] = (await sendTexts(stream, ['x'], { kind: 'key', key })) as {
        partition: number;
      }[];
      const response = await gateway.fetch(`/streams/${stream}/topics/events/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          partition_key: key,
          event: {
            id: randomUUID(),
            event_type: 't',
            timestamp: '2026-01-01T00:00:00Z',
            payload: { type: 'Generic', data: null },
          },
        }),
      });
      expect(((await response.json()) as { partition_id: number }).partition_id).toBe(
        confirmation?.partition,
      );
    }
  });

  test('sends what the gateway reads: an event as it is, anything else in base64', async () => {
    const stream = await newTopic();
    const id = randomUUID();
    const event = `{"id":"${id}","event_type":"t","timestamp":"2026-01-01T00:00:00Z","payload":{"type":"Generic","data":[0.10,  -0]}}`;
    await client.call('send', {
      stream,
      topic: 'events',
      to: toPartition(0),
      messages: [
        { id: uuidAsDecimal(id), payload: base64(event), headers: { source: 'sdk' } },
        { id: '5', payload: base64('not json') },
      ],
    });

    const response = await gateway.fetch(`/streams/${stream}/topics/events/messages?offset=0`);
    const text = await response.text();
    expect(text).toContain(event);
    const page = JSON.parse(text) as { messages: Record<string, unknown>[] };
    expect(page.messages).toMatchObject([
      { offset: 0, id: uuidAsDecimal(id) },
      { offset: 1, id: '5', event: null, payload_base64: base64('not json') },
    ]);
  });

  test('gets its user headers back as it sent them', async () => {
    const stream = await newTopic();
    await client.call('send', {
      stream,
      topic: 'events',
      to: toPartition(0),
      messages: [{ id: '9', payload: base64('x'), headers: { source: 'sdk', ключ: 'значение' } }],
    });
    const [received] = await poll(stream, { kind: 'first' });
    expect(received?.headers).toEqual({ source: 'sdk', ключ: 'значение' });
  });

  test('moves a thousand messages of mixed sizes without a change', async () => {
    const stream = await newTopic();
    const texts = Array.from({ length: 1000 }, (_, n) => 'x'.repeat(1 + ((n * 37) % 700)));
    await sendTexts(stream, texts, toPartition(0));
    const received = await poll(stream, { kind: 'first' }, { count: 1000 });
    expect(received.map(textOf)).toEqual(texts);
  });
});
