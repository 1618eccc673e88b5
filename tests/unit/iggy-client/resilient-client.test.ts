import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import type { IggyClient, PollRequest } from '../../../src/iggy-client/port.ts';
import { commands, decodeBody, Operation, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import { loadVectors } from '../../support/vectors.ts';
import { confirm, createClient, openClient, sendRequest, topicDetails } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const RECONNECT_MS = 1_000;

const vectors = loadVectors<{ name: string; hex: string }>('vsr-0.11', 'responses');
const captured = loadVectors<{ step: string; hex: string }>('vsr-0.11', 'frames-captured');

/** The official bytes of a reply's payload. */
function official(name: string): Buffer {
  return Buffer.from(vectors.find((it) => it.name === name)?.hex ?? '', 'hex');
}

const poll: PollRequest = {
  stream: 's',
  topic: 't',
  partitionId: 1,
  consumerId: 7,
  from: { kind: 'offset', offset: 5n },
  count: 10,
  autoCommit: false,
};

describe('what each call asks and returns', () => {
  test.each<[string, (client: IggyClient) => Promise<unknown>, string, unknown]>([
    ['ping', (it) => it.ping(patience), 'none', undefined],
    ['get_stats', (it) => it.getStats(patience), 'get_stats/0', { topicsCount: 2 }],
    ['get_streams', (it) => it.listStreams(patience), 'get_streams/2', [{ id: 0 }, { id: 1 }]],
    ['get_stream', (it) => it.getStream('orders', patience), 'get_stream/1', { name: 'orders' }],
    ['get_stream of none', (it) => it.getStream('x', patience), 'none', undefined],
    ['create_stream', (it) => it.createStream('s1', patience), 'create_stream/0', { name: 's1' }],
    ['delete_stream', (it) => it.deleteStream('s1', patience), 'none', undefined],
    ['topics', (it) => it.listTopics('orders', patience), 'get_stream/1', [{ name: 't1' }]],
    ['topics of an empty stream', (it) => it.listTopics('s1', patience), 'get_stream/0', []],
    ['topics of no stream', (it) => it.listTopics('x', patience), 'none', undefined],
    ['get_topic', (it) => it.getTopic('s', 't1', patience), 'get_topic/0', { name: 't1' }],
    ['get_topic of none', (it) => it.getTopic('s', 'x', patience), 'none', undefined],
    ['delete_topic', (it) => it.deleteTopic('s', 't', patience), 'none', undefined],
  ])('%s', async (_, call, reply, expected) => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => request.acceptPayload(official(reply));
    expect([await call(client)]).toMatchObject([expected]);
    await client.stop();
  });

  test('a poll by offset asks for it, and tells every message', async () => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => request.acceptPayload(official('poll_messages/2'));
    const page = await client.poll(poll, patience);
    expect(page).toMatchObject({ partitionId: 1, currentOffset: 4n });
    expect(page.messages.map(({ offset }) => offset)).toEqual([2n, 3n, 4n]);
    expect(decodeBody(commands.pollMessages.request, broker.last.body)).toEqual({
      consumer: { kind: 'consumer', id: { kind: 'numeric', value: 7 } },
      stream: { kind: 'string', value: 's' },
      topic: { kind: 'string', value: 't' },
      partition: 1,
      strategy: { kind: 'offset', value: 5n },
      count: 10,
      autoCommit: false,
    });
    await client.stop();
  });

  test.each([
    [false, 'wire'],
    [true, 'outcome-unknown'],
  ])('a page with a message missing is none (committing: %s)', async (autoCommit, kind) => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => {
      const payload = official('poll_messages/2');
      payload.writeUInt32LE(4, 12);
      request.acceptPayload(payload);
    };
    await expect(client.poll({ ...poll, autoCommit }, patience)).rejects.toMatchObject({ kind });
    await client.stop();
  });

  test('a poll of what is next says so', async () => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => request.acceptPayload(official('poll_messages/1'));
    const request: PollRequest = { ...poll, from: { kind: 'next' }, autoCommit: true };
    expect(await client.poll(request, patience)).toEqual({
      partitionId: 2,
      currentOffset: 9n,
      messages: [],
    });
    expect(decodeBody(commands.pollMessages.request, broker.last.body)).toMatchObject({
      strategy: { kind: 'next', value: 0n },
      autoCommit: true,
    });
    await client.stop();
  });

  test('creating a topic sends the options that were given, and no other', async () => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => request.accept(commands.createTopic, topicDetails('t1', 1));
    await client.createTopic('s1', { name: 't1', partitionsCount: 1, options: {} }, patience);
    // The official bytes: frame 9 of the specification's example.
    expect(broker.last.body.toString('hex')).toBe('0202733101000000027431');
    const options = { durability: 'replicated', consumer_offset_durability: 'replicated' };
    await client.createTopic('s1', { name: 't1', partitionsCount: 1, options }, patience);
    const theirs = captured.find(({ step }) => step === 'create_topic default options');
    expect(broker.last.body.toString('hex')).toBe(theirs?.hex.slice(512));
    await client.stop();
  });

  test('a refusal carries the code of the broker', async () => {
    const { client, broker } = await openClient();
    broker.onRequest = (request) => request.reject(STATUS.StreamNameAlreadyExists);
    await expect(client.createStream('s', patience)).rejects.toMatchObject({
      name: 'IggyError',
      kind: 'refused',
      code: 1012,
    });
    await client.stop();
  });
});

/** Lets the first request be written, and cuts its connection; the rest is answered. */
function cutFirst(answer: (request: ScriptedRequest) => void) {
  let requests = 0;
  return (request: ScriptedRequest): void => {
    requests += 1;
    if (requests === 1) request.link.end('cut');
    else answer(request);
  };
}

describe('when the connection breaks', () => {
  test('a read is sent again on the next connection', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = cutFirst((request) => request.acceptPayload(official('poll_messages/1')));
    const page = client.poll(poll, patience);
    await clock.advance(RECONNECT_MS);
    expect(await page).toMatchObject({ currentOffset: 9n });
    expect(broker.requests).toHaveLength(2);
    await client.stop();
  });

  test.each<[string, (client: IggyClient) => Promise<unknown>]>([
    ['a create', (it) => it.createStream('s', patience)],
    ['a committing poll', (it) => it.poll({ ...poll, autoCommit: true }, patience)],
  ])('%s that was written has an unknown outcome, and is not sent again', async (_, call) => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = cutFirst((request) => request.acceptPayload(Buffer.alloc(0)));
    const result = call(client);
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await clock.advance(60_000);
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });

  test('a send that was not written yet is sent once the connection is back', async () => {
    const { client, broker, clock } = await openClient();
    broker.network.links[0]?.end();
    await clock.settle();
    broker.onRequest = (request) => confirm(request, 3n);
    const result = client.send(sendRequest(), patience);
    await clock.advance(RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset: 3n });
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });

  test('requests keep one client id and one number sequence', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) => confirm(request, 0n);
    await client.send(sendRequest(), patience);
    broker.network.links[0]?.end();
    await clock.advance(RECONNECT_MS);
    await client.send(sendRequest(), patience);
    expect(broker.requests.map(({ header }) => header.request)).toEqual([1n, 2n]);
    expect(new Set(broker.logins.map(({ header }) => header.client)).size).toBe(1);
    await client.stop();
  });

  test('a read whose reply is too large to take fails at once, and is not asked for again', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) => {
      const reply = request.reply(0, Operation.NonReplicated, Buffer.alloc(0));
      reply.writeUInt32LE(0xffff_ffff, 48);
      request.link.send(reply);
    };
    await expect(client.poll(poll, patience)).rejects.toMatchObject({ kind: 'wire' });
    await clock.advance(60_000);
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });
});

function kindOf(error: unknown): string | undefined {
  return error instanceof IggyError ? error.kind : undefined;
}

describe('a caller whose patience ends', () => {
  test.each<
    [string, (client: IggyClient, call: { signal: AbortSignal }) => Promise<unknown>, string]
  >([
    ['of a read', (it, call) => it.poll(poll, call), 'timeout'],
    ['of a send', (it, call) => it.send(sendRequest(), call), 'outcome-unknown'],
    [
      'of a committing poll',
      (it, call) => it.poll({ ...poll, autoCommit: true }, call),
      'outcome-unknown',
    ],
  ])('in the middle %s learns it at once', async (_, call, kind) => {
    const { client, clock } = await openClient();
    const caller = new AbortController();
    const result = call(client, caller);
    await clock.settle();
    caller.abort();
    await expect(result).rejects.toMatchObject({ kind });
    await clock.advance(60_000);
    await client.stop();
  });

  test('without a connection learns that there was none, and nothing is written later', async () => {
    const { client, broker, clock } = createClient();
    const caller = new AbortController();
    const result = client.send(sendRequest(), caller);
    await clock.settle();
    caller.abort();
    await expect(result).rejects.toMatchObject({ kind: 'lost' });
    client.start();
    await clock.advance(1_000);
    expect(broker.requests).toEqual([]);
    await client.stop();
  });

  test('while the broker says "not accepted" learns that nothing was stored', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) => request.deny(STATUS.TransientNotAccepted);
    const caller = new AbortController();
    const result = client.send(sendRequest(), caller);
    await clock.advance(120);
    expect(broker.requests).toHaveLength(3);
    caller.abort();
    await expect(result).rejects.toMatchObject({ kind: 'timeout' });
    await client.stop();
  });

  test('while the broker says "not committed" learns that nobody knows', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) => request.deny(STATUS.TransientNotCommitted);
    const caller = new AbortController();
    const result = client.send(sendRequest(), caller);
    await clock.advance(120);
    caller.abort();
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await client.stop();
  });
});

describe('while the broker says "not committed"', () => {
  test.each([
    [false, { currentOffset: 9n }, 3],
    [true, 'outcome-unknown', 1],
  ])('a poll that commits (%s) becomes %o', async (autoCommit, expected, written) => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) =>
      broker.requests.length < 3
        ? request.deny(STATUS.TransientNotCommitted)
        : request.acceptPayload(official('poll_messages/1'));
    const page = client.poll({ ...poll, autoCommit }, patience).catch(kindOf);
    await clock.advance(150);
    expect([await page]).toMatchObject([expected]);
    expect(broker.requests).toHaveLength(written);
    await client.stop();
  });
});

describe('stopping', () => {
  test('waits for what is under way, and takes nothing new', async () => {
    const { client, broker, clock } = await openClient();
    const first = client.send(sendRequest(), patience);
    const queued = client.send(sendRequest(), patience);
    const stopped = client.stop();
    await expect(client.ping(patience)).rejects.toMatchObject({ kind: 'closed' });
    broker.onRequest = (request) => confirm(request, 1n);
    await clock.settle();
    confirm(broker.last, 0n);
    expect(await first).toMatchObject({ baseOffset: 0n });
    expect(await queued).toMatchObject({ baseOffset: 1n });
    await stopped;
    expect(broker.logouts).toHaveLength(1);
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
    expect(client.stop()).toBe(client.stop());
  });

  test('does not wait for ever', async () => {
    const { client, broker, clock } = await openClient({ stopDeadlineMs: 2_000 });
    const written = client.send(sendRequest(), patience);
    const queued = client.send(sendRequest(), patience);
    const results = Promise.allSettled([written, queued]);
    const stopped = client.stop();
    await clock.advance(2_000);
    await stopped;
    expect(await results).toMatchObject([
      { reason: { kind: 'outcome-unknown' } },
      { reason: { kind: 'closed' } },
    ]);
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
  });
});
