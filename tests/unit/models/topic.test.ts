import { describe, expect, test } from 'vitest';

import { createTopicBody, toTopicView } from '../../../src/models/topic.ts';

describe('the body that makes a topic', () => {
  test('needs no more than a name', () => {
    expect(createTopicBody.parse({ name: 't' })).toEqual({ name: 't', partitions: 1, options: {} });
  });

  test('hands options on as they are', () => {
    const options = { messages_required_to_save: '1', 'any.thing': '' };
    expect(createTopicBody.parse({ name: 't', partitions: 1000, options })).toMatchObject({
      options,
    });
  });

  test.each([
    { name: 't', partitions: 0 },
    { name: 't', partitions: 1001 },
    { name: 't', partitions: 1.5 },
    { name: 't', partitions: '3' },
    { name: 't', partitions: null },
    { name: 't', options: { a: 1 } },
    { name: 't', options: { '': 'x' } },
    { name: 't', options: { ['k'.repeat(256)]: 'x' } },
    { name: 't', options: { k: 'v'.repeat(4097) } },
    { name: 't', options: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, ''])) },
    { name: 't', options: [] },
    { name: 't', partitons: 3 },
    { partitions: 3 },
  ])('may not be %j', (body) => expect(createTopicBody.safeParse(body).success).toBe(false));
});

test('a view shows options only where the broker tells any', () => {
  const topic = {
    id: 1,
    name: 't',
    streamId: 2,
    createdAtMicros: 0n,
    partitionsCount: 3,
    sizeBytes: 4n,
    messagesCount: 5n,
    options: {},
  };
  const view = {
    id: 1,
    name: 't',
    stream_id: 2,
    created_at: '1970-01-01T00:00:00.000000Z',
    partitions_count: 3,
    size_bytes: 4,
    messages_count: 5,
  };
  expect(toTopicView(topic)).toEqual(view);
  expect(toTopicView({ ...topic, options: { a: 'b' } })).toEqual({ ...view, options: { a: 'b' } });
});
