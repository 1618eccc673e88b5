import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { ensureDefaults } from '../../../src/services/defaults.ts';
import { FakeIggy, refused } from '../../support/fake-iggy.ts';

const signal = new AbortController().signal;
const WANTED = { stream: 's', topic: 't', partitionsCount: 3 };

test('what is missing is made, with its partitions and no option of ours', async () => {
  const client = new FakeIggy();
  expect(await ensureDefaults(client, WANTED, signal)).toEqual({ kind: 'there' });
  expect(await client.getTopic('s', 't', { signal })).toMatchObject({
    partitionsCount: 3,
    options: {},
  });
});

test('what is there is left alone', async () => {
  const client = new FakeIggy();
  await client.createStream('s', { signal });
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, { signal });
  client.forgetCalls();
  expect(await ensureDefaults(client, WANTED, signal)).toEqual({ kind: 'there' });
  expect(client.calls).toEqual(['getStream', 'getTopic']);
});

describe('several replicas', () => {
  test('that race for it are all done', async () => {
    const client = new FakeIggy();
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => ensureDefaults(client, WANTED, signal)),
    );
    expect(outcomes).toEqual(Array(5).fill({ kind: 'there' }));
    // They did race: everybody had looked before anybody made something.
    expect(client.calls.filter((call) => call === 'createStream')).toHaveLength(5);
    expect(client.calls.filter((call) => call === 'createTopic')).toHaveLength(5);
  });
});

test('a refusal and an outage are told apart, and neither is thrown', async () => {
  const client = new FakeIggy();
  client.failures.set('createStream', refused(41));
  expect(await ensureDefaults(client, WANTED, signal)).toMatchObject({ kind: 'refused' });
  for (const kind of ['lost', 'timeout', 'outcome-unknown', 'overloaded'] as const) {
    client.failures.set('createStream', new IggyError(kind, 'x'));
    expect(await ensureDefaults(client, WANTED, signal)).toMatchObject({ kind: 'not-reached' });
  }
});

test('a broker that is spared is not asked', async () => {
  const client = new FakeIggy();
  client.connection = { ...client.connection, circuit: 'open' };
  expect(await ensureDefaults(client, WANTED, signal)).toEqual({ kind: 'spared' });
  expect(client.calls).toEqual([]);

  client.connection = { ...client.connection, circuit: 'half-open' };
  client.failures.set('getTopic', new IggyError('circuit-open', 'x'));
  expect(await ensureDefaults(client, WANTED, signal)).toEqual({ kind: 'spared' });
});

test('a stream that "exists already" does not excuse a topic that is refused', async () => {
  const client = new FakeIggy();
  client.failures.set('createTopic', refused(1012));
  expect(await ensureDefaults(client, WANTED, signal)).toMatchObject({ kind: 'refused' });
});

test('a fault of our own is thrown', async () => {
  const client = new FakeIggy();
  client.failures.set('getStream', new TypeError('bug'));
  await expect(ensureDefaults(client, WANTED, signal)).rejects.toThrow('bug');
});
