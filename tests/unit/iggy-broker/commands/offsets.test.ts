import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../../support/broker-client.ts';
import { InProcessBroker, type InProcessOptions } from '../../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t'), partition: 0 };
const consumer = (id: number | string) =>
  ({ kind: 'consumer', id: typeof id === 'number' ? numbered(id) : named(id) }) as const;

const refused = (code: number) => ({ ok: false, code });

function connected(options: InProcessOptions = {}) {
  const broker = new InProcessBroker(options);
  const client = broker.client();
  client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 2, options: [] };
  client.done(commands.createTopic, topic);
  client.done(commands.sendMessages, {
    ...TARGET,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: 3,
    batch: batchOf('a', 'b', 'c'),
  });
  const store = (id: number | string, offset: bigint, change: object = {}) =>
    client.call(commands.storeConsumerOffset, {
      ...TARGET,
      consumer: consumer(id),
      offset,
      ack: 1,
      ...change,
    });
  const get = (id: number | string, change: object = {}) =>
    client.call(commands.getConsumerOffset, { ...TARGET, consumer: consumer(id), ...change });
  const forget = (id: number | string, change: object = {}) =>
    client.call(commands.deleteConsumerOffset, {
      ...TARGET,
      consumer: consumer(id),
      ack: 1,
      ...change,
    });
  return { broker, client, store, get, forget };
}

test('an offset is stored, told with the newest one, rewound and forgotten', () => {
  const { store, get, forget } = connected();
  const told = (storedOffset: bigint) => ({
    ok: true,
    value: { partition: 0, currentOffset: 2n, storedOffset },
  });
  expect(get(1)).toEqual({ ok: true, value: null });
  expect(store(1, 2n).ok).toBe(true);
  expect(get(1)).toEqual(told(2n));
  store(1, 0n);
  expect(get(1)).toEqual(told(0n));
  expect(forget(1).ok).toBe(true);
  expect(get(1)).toEqual({ ok: true, value: null });
  expect(forget(1)).toEqual(refused(STATUS.ConsumerOffsetNotFound));
});

test('a partition that is not named is the first one', () => {
  const { store, get } = connected();
  expect(store(1, 1n, { partition: null }).ok).toBe(true);
  expect(get(1, { partition: null })).toEqual(get(1));
});

test('each consumer has its own; a named one the number its name hashes to', () => {
  const { store, get } = connected();
  store('consumer-1', 1n);
  store(7, 2n);
  expect(get('consumer-2')).toEqual({ ok: true, value: null });
  expect(get('consumer-1')).toMatchObject({ value: { storedOffset: 1n } });
  expect(get(1_338_303_147)).toMatchObject({ value: { storedOffset: 1n } });
  expect(get('7')).toEqual({ ok: true, value: null });
});

test('an offset nobody has reached is refused', () => {
  const { store } = connected();
  expect(store(1, 3n)).toEqual(refused(STATUS.InvalidOffset));
  expect(store(1, 0xffff_ffff_ffff_ffffn)).toEqual(refused(STATUS.InvalidOffset));
  expect(store(1, 0n, { partition: 1 })).toEqual(refused(STATUS.InvalidOffset));
});

test('so many consumers may store theirs, and one more may not, by whatever way', () => {
  const { client, store, forget } = connected({ limits: { consumerOffsetsMax: 2 } });
  const pollAs = (id: number) =>
    client.call(commands.pollMessages, {
      ...TARGET,
      consumer: consumer(id),
      strategy: { kind: 'next', value: 0n },
      count: 1,
      autoCommit: true,
    });
  expect(store(1, 0n).ok).toBe(true);
  expect(pollAs(2).ok).toBe(true);
  expect(store(3, 0n)).toEqual(refused(STATUS.TooManyConsumerOffsets));
  expect(pollAs(3)).toEqual(refused(STATUS.TooManyConsumerOffsets));
  expect(store(1, 1n).ok).toBe(true);
  forget(2);
  expect(pollAs(3).ok).toBe(true);
});

test('what is missing is told apart, groups too', () => {
  const { store, get, forget } = connected();
  const missing: [object, number][] = [
    [{ stream: named('none') }, STATUS.StreamIdNotFound],
    [{ topic: named('none') }, STATUS.TopicIdNotFound],
    [{ partition: 2 }, STATUS.PartitionNotFound],
  ];
  for (const [change, code] of missing) {
    expect(store(1, 0n, change)).toEqual(refused(code));
    expect(get(1, change)).toEqual(refused(code));
    expect(forget(1, change)).toEqual(refused(code));
  }
  const group = { consumer: { kind: 'consumer_group', id: named('g') } };
  expect(store(1, 0n, group)).toEqual(refused(STATUS.ConsumerGroupIdNotFound));
  expect(forget(1, group)).toEqual(refused(STATUS.ConsumerGroupIdNotFound));
  expect(get(1, group)).toEqual({ ok: true, value: null });
});
