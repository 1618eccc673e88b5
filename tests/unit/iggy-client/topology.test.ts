import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { topicKey, Topology, type TopicName } from '../../../src/iggy-client/topology.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TTL_MS = 30_000;
const orders: TopicName = { stream: 's', topic: 'orders' };
const patience = new AbortController().signal;

function topology(topicsMax = 10) {
  const clock = new FakeClock();
  const asked: { topic: TopicName; signal: AbortSignal }[] = [];
  const answers: PromiseWithResolvers<number | undefined>[] = [];
  const subject = new Topology({
    clock,
    ttlMs: TTL_MS,
    topicsMax,
    waiting: { entriesMax: 100, bytesMax: 100 },
    lookUp: (topic, signal) => {
      asked.push({ topic, signal });
      const answer = Promise.withResolvers<number | undefined>();
      answers.push(answer);
      return answer.promise;
    },
    tooLate: () => new IggyError('timeout', 'too late'),
  });
  const ask = (topic = orders, signal = patience, doubted?: number) =>
    subject.partitionsCount(topic, { bytes: 1, signal }, doubted);
  const answer = (count: number | undefined) => answers.shift()?.resolve(count);
  const fail = (error: Error) => answers.shift()?.reject(error);
  return { clock, subject, asked, ask, answer, fail };
}

test('the broker is asked once for all who want to know, and then believed for a while', async () => {
  const { clock, asked, ask, answer } = topology();
  const all = Promise.all([ask(), ask(), ask()]);
  answer(3);
  expect(await all).toEqual([3, 3, 3]);
  expect(await ask()).toBe(3);
  expect(asked).toHaveLength(1);
  await clock.advance(TTL_MS - 1);
  expect(await ask()).toBe(3);
  await clock.advance(1);
  const later = ask();
  answer(5);
  expect(await later).toBe(5);
});

test('a topic that is not there is asked for again', async () => {
  const { asked, ask, answer } = topology();
  const first = ask();
  answer(undefined);
  expect(await first).toBeUndefined();
  const second = ask();
  answer(1);
  expect(await second).toBe(1);
  expect(asked).toHaveLength(2);
});

test('what was forgotten is asked for again', async () => {
  const { subject, asked, ask, answer } = topology();
  const first = ask();
  answer(3);
  await first;
  subject.forget(orders);
  const second = ask();
  answer(4);
  expect(await second).toBe(4);
  expect(asked).toHaveLength(2);
});

test('an answer that was under way when its topic was forgotten is not believed later', async () => {
  const { subject, ask, answer } = topology();
  const before = ask();
  subject.forget(orders);
  const after = ask();
  answer(3);
  answer(4);
  expect([await before, await after, await ask()]).toEqual([3, 4, 4]);
});

test('a doubted count is asked for again, once for all who doubt it, and they resume in order', async () => {
  const { asked, ask, answer } = topology();
  const order: string[] = [];
  const known = ask();
  answer(3);
  await known;
  const first = ask(orders, patience, 3).then(() => order.push('first'));
  const second = ask(orders, patience, 3).then(() => order.push('second'));
  expect(asked).toHaveLength(2);
  answer(2);
  await Promise.all([first, second]);
  expect(order).toEqual(['first', 'second']);
  expect([await ask(orders, patience, 3), await ask()]).toEqual([2, 2]);
  expect(asked).toHaveLength(2);
});

test('a look-up from before the doubt does not settle it', async () => {
  const { ask, answer } = topology();
  const before = ask();
  const after = ask(orders, patience, 3);
  answer(3);
  answer(2);
  expect([await before, await after, await ask()]).toEqual([3, 2, 2]);
});

test('so many callers wait, in number and in bytes', async () => {
  const { clock, subject, ask, answer } = topology();
  const controller = new AbortController();
  const small = Array.from({ length: 100 }, () => ask(orders, controller.signal));
  await expect(ask()).rejects.toMatchObject({ kind: 'overloaded' });
  answer(3);
  await Promise.all(small);
  const load = { bytes: 99, signal: patience };
  await clock.advance(TTL_MS);
  const big = subject.partitionsCount(orders, load);
  await expect(subject.partitionsCount(orders, load)).rejects.toMatchObject({ kind: 'overloaded' });
  answer(3);
  expect(await big).toBe(3);
  expect(await subject.partitionsCount(orders, { ...load, bytes: 1_000 })).toBe(3);
});

test('forgetting a stream forgets its topics and no others', async () => {
  const { clock, subject, asked, ask, answer } = topology();
  const names = [
    { stream: 's', topic: 'a' },
    { stream: 's', topic: 'b' },
    { stream: 'sa', topic: '' },
    { stream: 'other', topic: 'a' },
  ];
  for (const name of names) {
    const known = ask(name);
    answer(1);
    await known;
  }
  const [underWay] = [ask({ stream: 's', topic: 'c' })];
  subject.forgetStream('s');
  answer(1);
  await underWay;
  for (const name of [...names, { stream: 's', topic: 'c' }]) void ask(name);
  await clock.settle();
  expect(asked.slice(5).map(({ topic }) => topic.topic)).toEqual(['a', 'b', 'c']);
});

test('a failure reaches everybody who asked, and is not remembered', async () => {
  const { asked, ask, answer, fail } = topology();
  const all = Promise.allSettled([ask(), ask()]);
  fail(new IggyError('lost', 'gone'));
  expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const again = ask();
  answer(2);
  expect(await again).toBe(2);
  expect(asked).toHaveLength(2);
});

test('one caller who gives up does not spoil it for the others', async () => {
  const { asked, ask, answer } = topology();
  const tired = new AbortController();
  const first = ask(orders, tired.signal);
  const second = ask();
  tired.abort();
  await expect(first).rejects.toMatchObject({ kind: 'timeout' });
  expect(asked[0]?.signal.aborted).toBe(false);
  answer(3);
  expect(await second).toBe(3);
});

test('a question that nobody waits for any more is withdrawn', async () => {
  const { asked, ask } = topology();
  const tired = new AbortController();
  const first = ask(orders, tired.signal);
  tired.abort();
  await expect(first).rejects.toMatchObject({ kind: 'timeout' });
  expect(asked[0]?.signal.aborted).toBe(true);
});

test('callers resume in the order they asked, also those who came when the answer was there', async () => {
  const { clock, ask, answer } = topology();
  const order: string[] = [];
  const note = (name: string) => (): unknown => order.push(name);
  void ask().then(note('first'));
  void ask().then(note('second'));
  answer(3);
  for (let hops = 0; hops < 12; hops += 1) {
    void ask().then(note(`late ${hops}`));
    await Promise.resolve();
  }
  await clock.settle();
  expect(order).toEqual([
    'first',
    'second',
    ...Array.from({ length: 12 }, (_, hops) => `late ${hops}`),
  ]);
});

test('so many topics are remembered', async () => {
  const { subject, ask, answer } = topology(2);
  for (const topic of ['a', 'b', 'c']) {
    const known = ask({ stream: 's', topic });
    answer(1);
    await known;
  }
  expect(subject.size).toBe(2);
});

test('no two topics share a key', () => {
  const pairs = [
    ['a', 'bc'],
    ['ab', 'c'],
    ['1:a', 'b'],
    ['', '1:ab'],
  ] as const;
  expect(new Set(pairs.map(([stream, topic]) => topicKey({ stream, topic }))).size).toBe(4);
});
