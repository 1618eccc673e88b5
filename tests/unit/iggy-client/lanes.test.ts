import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { Lanes } from '../../../src/iggy-client/lanes.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const LIMITS = { perLaneMax: 10, entriesMax: 100, bytesMax: 1_000 };
const tooLate = (): IggyError => new IggyError('timeout', 'too late');
const patience = new AbortController().signal;
const clock = new FakeClock();

/** A send that is in flight until it is told what becomes of it. */
function departure() {
  const answer = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  return {
    departed: false,
    depart() {
      this.departed = true;
      return answer.promise.then(() => ({ released: released.promise }));
    },
    /** Its caller gets the answer. */
    settle: () => answer.resolve(),
    /** It is out of the way. */
    release: () => released.resolve(),
    finish() {
      answer.resolve();
      released.resolve();
    },
  };
}

function sends(lanes: Lanes, keys: readonly string[], bytes = 1) {
  return keys.map((key) => {
    const send = departure();
    const result = lanes.run(key, { bytes, signal: patience }, () => send.depart());
    result.catch(() => {});
    return { send, result };
  });
}

test('one send of a partition is in flight at a time, in order of arrival', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  const all = sends(lanes, ['p', 'p', 'p']);
  for (const [index, { send }] of all.entries()) {
    await clock.settle();
    expect(all.map((it) => it.send.departed)).toEqual([true, index >= 1, index >= 2]);
    send.finish();
  }
  await clock.settle();
  expect(lanes.size).toBe(0);
});

test('one slow partition holds no other up', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  const [, , other] = sends(lanes, ['slow', 'slow', 'other']);
  await clock.settle();
  expect(other?.send.departed).toBe(true);
});

test('a send whose caller has gone keeps its place until it can no longer be stored', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  const [first, second] = sends(lanes, ['p', 'p']);
  first?.send.settle();
  await first?.result;
  await clock.settle();
  expect(second?.send.departed).toBe(false);
  first?.send.release();
  await clock.settle();
  expect(second?.send.departed).toBe(true);
});

test('a send that fails to depart does not block its lane', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  const broken = lanes.run('p', { bytes: 1, signal: patience }, () => {
    throw new Error('cannot be encoded');
  });
  await expect(broken).rejects.toThrow('cannot be encoded');
  const [next] = sends(lanes, ['p']);
  await clock.settle();
  expect(next?.send.departed).toBe(true);
});

test('a send whose caller has gone already does not queue', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  sends(lanes, ['p']);
  const send = departure();
  const load = { bytes: 1, signal: AbortSignal.abort() };
  await expect(lanes.run('p', load, () => send.depart())).rejects.toMatchObject({
    kind: 'timeout',
  });
  expect(send.departed).toBe(false);
});

test('an abort in the queue takes the send out: it never departs', async () => {
  const lanes = new Lanes(LIMITS, tooLate);
  const [first] = sends(lanes, ['p']);
  const caller = new AbortController();
  const tired = departure();
  const waiting = lanes.run('p', { bytes: 1, signal: caller.signal }, () => tired.depart());
  const [last] = sends(lanes, ['p']);
  caller.abort();
  await expect(waiting).rejects.toMatchObject({ kind: 'timeout' });
  first?.send.finish();
  await clock.settle();
  expect([tired.departed, last?.send.departed]).toEqual([false, true]);
});

test('an abort at whatever moment its turn comes does not block the lane', async () => {
  for (let moment = 0; moment < 12; moment += 1) {
    const lanes = new Lanes(LIMITS, tooLate);
    const caller = new AbortController();
    const [first] = sends(lanes, ['p']);
    const second = departure();
    second.finish();
    const load = { bytes: 1, signal: caller.signal };
    lanes.run('p', load, () => second.depart()).catch(() => {});
    const [third] = sends(lanes, ['p']);
    first?.send.finish();
    for (let hops = 0; hops < moment; hops += 1) await Promise.resolve();
    caller.abort();
    await clock.settle();
    expect([moment, third?.send.departed]).toEqual([moment, true]);
  }
});

test('an abort in the queue gives the room back', async () => {
  const lanes = new Lanes({ perLaneMax: 10, entriesMax: 1, bytesMax: 1 }, tooLate);
  const [first] = sends(lanes, ['p']);
  for (let round = 0; round < 3; round += 1) {
    const caller = new AbortController();
    const load = { bytes: 1, signal: caller.signal };
    const waiting = lanes.run('p', load, () => departure().depart());
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ kind: 'timeout' });
  }
  first?.send.finish();
});

test('an abort after the departure does not count twice', async () => {
  const lanes = new Lanes({ ...LIMITS, entriesMax: 1 }, tooLate);
  const caller = new AbortController();
  const [first] = sends(lanes, ['p']);
  const second = departure();
  void lanes.run('p', { bytes: 1, signal: caller.signal }, () => second.depart());
  first?.send.finish();
  await clock.settle();
  caller.abort();
  const [, tooMany] = sends(lanes, ['p', 'p']);
  await expect(tooMany?.result).rejects.toMatchObject({ kind: 'overloaded' });
  second.finish();
});

describe('the queues are bounded', () => {
  test('and may be filled to the last byte of all lanes', async () => {
    const lanes = new Lanes({ ...LIMITS, bytesMax: 5 }, tooLate);
    sends(lanes, ['p', 'q']);
    sends(lanes, ['p'], 2);
    const [last] = sends(lanes, ['q'], 3);
    const refused: string[] = [];
    last?.result.catch(() => refused.push('last'));
    const [beyond] = sends(lanes, ['p']);
    beyond?.result.catch(() => refused.push('beyond'));
    await clock.settle();
    expect(refused).toEqual(['beyond']);
  });

  test.each([
    ['in one lane', { ...LIMITS, perLaneMax: 2 }, ['p', 'p', 'p', 'p']],
    ['over all lanes', { ...LIMITS, entriesMax: 2 }, ['p', 'q', 'p', 'q', 'p']],
    ['in bytes', { ...LIMITS, bytesMax: 2 }, ['p', 'q', 'p', 'q', 'p']],
  ])('%s', async (_, limits, keys) => {
    const lanes = new Lanes(limits, tooLate);
    const all = sends(lanes, keys);
    const last = all.at(-1);
    await expect(last?.result).rejects.toMatchObject({ kind: 'overloaded' });
    // Room comes back.
    all[0]?.send.finish();
    await clock.settle();
    const [again] = sends(lanes, ['p']);
    for (const { send } of all) send.finish();
    await clock.settle();
    expect([last?.send.departed, again?.send.departed]).toEqual([false, true]);
  });
});

test('whatever happens, lanes overlap nothing, lose nothing, reorder nothing and end empty', async () => {
  const step = fc.record({
    lane: fc.nat({ max: 2 }),
    act: fc.constantFrom('send', 'finish', 'abort'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const lanes = new Lanes({ perLaneMax: 4, entriesMax: 6, bytesMax: 100 }, tooLate);
      const inFlight = new Map<number, ReturnType<typeof departure>>();
      const departedOrder: number[] = [];
      const callers: { lane: number; id: number; controller: AbortController }[] = [];
      let settled = 0;
      for (const [id, { lane, act }] of steps.entries()) {
        if (act === 'send') {
          const controller = new AbortController();
          callers.push({ lane, id, controller });
          const send = departure();
          const load = { bytes: 1, signal: controller.signal };
          const result = lanes.run(String(lane), load, () => {
            assert(!inFlight.has(lane));
            inFlight.set(lane, send);
            departedOrder.push(id);
            return send.depart();
          });
          void result.catch(() => {}).then(() => (settled += 1));
        } else if (act === 'finish') {
          inFlight.get(lane)?.finish();
          inFlight.delete(lane);
        } else {
          callers.find((caller) => caller.lane === lane)?.controller.abort();
        }
        await clock.settle();
      }
      for (let round = 0; round < 10; round += 1) {
        for (const send of inFlight.values()) send.finish();
        inFlight.clear();
        await clock.settle();
      }
      expect(settled).toBe(callers.length);
      expect(lanes.size).toBe(0);
      for (const lane of [0, 1, 2]) {
        const ids = departedOrder.filter((id) => steps[id]?.lane === lane);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});
