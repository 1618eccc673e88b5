import { describe, expect, test } from 'vitest';

import { anEvent } from '../../support/events.ts';
import { startTestApp } from '../../support/start-app.ts';

describe('a poll', () => {
  test('takes everything from its query, and the defaults where it says nothing', async () => {
    const { client, fetch } = await startTestApp();
    await fetch('/messages');
    await fetch('/messages?partition_id=2&consumer_id=7&offset=5&count=3&auto_commit=true&x=y');
    const common = { stream: 'sample-stream', topic: 'events' };
    expect(client.polls).toEqual([
      {
        ...common,
        partitionId: 0,
        consumerId: 1,
        from: { kind: 'next' },
        count: 10,
        autoCommit: false,
      },
      {
        ...common,
        partitionId: 2,
        consumerId: 7,
        from: { kind: 'offset', offset: 5n },
        count: 3,
        autoCommit: true,
      },
    ]);
  });

  test('for too much gets what there may be, and is told so', async () => {
    const { client, fetch } = await startTestApp({ env: { POLL_MAX_COUNT: '50' } });
    const most = await fetch('/messages?count=50');
    const more = await fetch('/messages?count=51');
    expect(client.polls.map(({ count }) => count)).toEqual([50, 50]);
    expect(most.headers.has('x-effective-count')).toBe(false);
    expect(more.headers.get('x-effective-count')).toBe('50');
  });

  test('with HEAD commits nothing: nobody has seen the messages', async () => {
    const { client, fetch } = await startTestApp();
    await fetch('/messages?auto_commit=true', { method: 'HEAD' });
    expect(client.polls.map(({ autoCommit }) => autoCommit)).toEqual([false]);
  });

  test('that makes no sense is refused before anybody is asked', async () => {
    const { client, fetch } = await startTestApp();
    const response = await fetch('/messages?count=0&partition_id=x&offset=1&offset=2');
    expect(response.status).toBe(400);
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toEqual(['/partition_id', '/offset', '/count']);
    expect(client.calls).toEqual([]);
  });
});

describe('a send', () => {
  test('without a stream and topic in its path goes to the default ones', async () => {
    const { client, post } = await startTestApp({ env: { IGGY_STREAM: 'a', IGGY_TOPIC: 'b' } });
    await post('/messages', { event: anEvent() });
    await post('/messages/batch', { events: [anEvent(), anEvent()] });
    expect(
      client.sends.map(({ stream, topic, messages }) => [stream, topic, messages.length]),
    ).toEqual([
      ['a', 'b', 1],
      ['a', 'b', 2],
    ]);
  });

  test('with names in its path is checked before its body is read', async () => {
    const { client, post } = await startTestApp();
    const response = await post('/streams/a%20b/topics/-/messages', { event: anEvent() });
    const { errors } = (await response.json()) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toEqual(['/stream', '/topic']);
    expect(client.calls).toEqual([]);
  });

  test('of more events than a batch may have is refused', async () => {
    const { client, post } = await startTestApp({ env: { BATCH_MAX_SIZE: '2' } });
    const response = await post('/messages/batch', { events: [anEvent(), anEvent(), anEvent()] });
    expect(response.status).toBe(400);
    expect(client.sends).toEqual([]);
  });
});
