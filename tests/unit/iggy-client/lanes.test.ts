import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { endOfTurn } from '../../../src/utils/end-of-turn.ts';
import { LaneHarness, type Written } from './lane-harness.ts';

test('what comes while a batch is in flight travels together, in order, and each learns its own offset', async () => {
  const { lanes, clock, written, payloads, send } = open();
  const results = ['a', 'b,c', 'd'].map((it) => send(it));
  expect(payloads()).toEqual([['a']]);
  written[0]?.stored(7n);
  await clock.settle();
  expect(payloads()).toEqual([['a'], ['b', 'c', 'd']]);
  written[1]?.stored(20n);
  expect(await Promise.all(results)).toEqual(
    [7n, 20n, 22n].map((baseOffset) => ({ partitionId: 0, baseOffset })),
  );
  await clock.settle();
  expect(lanes.size).toBe(0);
});

test('one slow partition holds no other up', () => {
  const { payloads, send } = open();
  void send('slow');
  void send('slow too');
  void send('other', { partitionId: 1 });
  expect(payloads()).toEqual([['slow'], ['other']]);
});

test('a lane is busy while its batch is out, not while that waits for a session', async () => {
  const { harness, lanes, send } = open();
  const destination = { stream: 's', topic: 't', partitionId: 0 };
  harness.isHeld = true;
  void send('a');
  expect(lanes.ahead(destination)).toBe(0);
  await harness.release();
  expect(lanes.ahead(destination)).toBe(1);
});

test('a lane is busy while what was refused together goes one by one', async () => {
  const { harness, lanes, clock, payloads, send } = open();
  harness.isHeld = true;
  for (const payload of ['a', 'b', 'c']) void send(payload);
  await harness.release();
  harness.last.end({ kind: 'refused', code: 41 });
  await clock.settle();
  expect(payloads()).toEqual([['a', 'b', 'c'], ['a']]);
  expect(lanes.ahead({ stream: 's', topic: 't', partitionId: 0 })).toBe(1);
});

describe('a batch', () => {
  test.each([
    ['messages', { messagesMax: 3 }, [['b', 'c', 'd'], ['e']]],
    ['bytes', { bytesMax: 2 * 49 }, [['b'], ['c', 'd'], ['e']]],
    ['callers', { callersMax: 1 }, [['b'], ['c', 'd'], ['e']]],
  ])('has its limit of %s', async (_, limits, expected) => {
    const { payloads, send, finish } = open(limits);
    const results = ['a', 'b', 'c,d', 'e'].map((it) => send(it));
    await finish();
    await Promise.all(results);
    expect(payloads()).toEqual([['a'], ...expected]);
  });

  test('may be a single send that is larger', async () => {
    const { payloads, send, finish } = open({ messagesMax: 2 });
    const results = ['a', 'b', 'c,d,e', 'f'].map((it) => send(it));
    await finish();
    await Promise.all(results);
    expect(payloads()).toEqual([['a'], ['b'], ['c', 'd', 'e'], ['f']]);
  });

  test('takes along what came while it waited for a session', async () => {
    const { harness, payloads, send } = open();
    harness.isHeld = true;
    void send('a');
    void send('b');
    await harness.release();
    expect(payloads()).toEqual([['a', 'b']]);
  });
});

test('what arrives in the same turn of the event loop leaves together, if that is waited for', async () => {
  const harness = new LaneHarness({}, {}, endOfTurn);
  const results = [harness.send('a')];
  await Promise.resolve();
  results.push(harness.send('b'));
  await endOfTurn();
  await harness.clock.settle();
  expect(harness.payloads).toEqual([['a', 'b']]);
  harness.last.stored(0n);
  expect(await Promise.all(results)).toHaveLength(2);
});

describe('lingering', () => {
  const lingerMs = 5;

  test('waits for others to come along, for so long', async () => {
    const { clock, payloads, send } = open({ lingerMs });
    void send('a');
    await clock.advance(lingerMs - 1);
    void send('b');
    expect(payloads()).toEqual([]);
    await clock.advance(1);
    expect(payloads()).toEqual([['a', 'b']]);
  });

  test('is not being busy: what comes goes along', async () => {
    const { clock, lanes, payloads, send, written } = open({ lingerMs });
    void send('a');
    await clock.advance(lingerMs);
    void send('b');
    written[0]?.stored(0n);
    await clock.settle();
    expect(payloads()).toEqual([['a']]);
    expect(lanes.ahead({ stream: 's', topic: 't', partitionId: 0 })).toBe(0);
  });

  test('ends when there is enough for a batch', async () => {
    const { clock, payloads, send } = open({ lingerMs, messagesMax: 2 });
    void send('a');
    void send('b');
    await clock.settle();
    expect(payloads()).toEqual([['a', 'b']]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('goes on when one of them leaves', async () => {
    const { clock, payloads, send } = open({ lingerMs, messagesMax: 3 });
    const caller = new AbortController();
    void send('a', { signal: caller.signal });
    void send('b');
    caller.abort();
    void send('c');
    await clock.settle();
    expect(payloads()).toEqual([]);
    await clock.advance(lingerMs);
    expect(payloads()).toEqual([['b', 'c']]);
  });

  test('ends when nobody is left', async () => {
    const { clock, payloads, send, lanes } = open({ lingerMs });
    const caller = new AbortController();
    const result = send('a', { signal: caller.signal });
    caller.abort();
    await expect(result).rejects.toMatchObject({ kind: 'timeout' });
    await clock.settle();
    expect([payloads(), lanes.size, clock.pendingTimers]).toEqual([[], 0, 0]);
  });
});

describe('is bounded', () => {
  test('by the sends that wait in one lane', async () => {
    const { send } = open({}, { perLaneMax: 2 });
    const [, , , fourth] = ['a', 'b', 'c', 'd'].map((it) => send(it));
    await expect(fourth).rejects.toMatchObject({ kind: 'overloaded' });
  });

  test.each([
    ['sends', { entriesMax: 2 }],
    ['bytes', { bytesMax: 2 * 49 }],
  ])('by the %s of all lanes that are not answered', async (_, limits) => {
    const { clock, send, written } = open({}, limits);
    const first = send('a');
    void send('b', { partitionId: 1 });
    await expect(send('c', { partitionId: 2 })).rejects.toMatchObject({ kind: 'overloaded' });
    written[0]?.stored(0n);
    await first;
    void send('d', { partitionId: 2 });
    await clock.settle();
    expect(written).toHaveLength(3);
  });
});

test('a send whose caller has gone already does not queue', async () => {
  const { send, written } = open();
  await expect(send('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    kind: 'timeout',
  });
  expect(written).toEqual([]);
});

test('an abort in the queue takes the send out: it never departs', async () => {
  const { send, finish, payloads } = open();
  const caller = new AbortController();
  const others = [send('a')];
  const tired = send('b', { signal: caller.signal });
  others.push(send('c'));
  caller.abort();
  await expect(tired).rejects.toMatchObject({ kind: 'timeout' });
  await finish();
  await Promise.all(others);
  expect(payloads()).toEqual([['a'], ['c']]);
});

test('one that leaves while they wait for a session costs the others no place in line', async () => {
  const { harness, send, payloads } = open();
  harness.isHeld = true;
  const caller = new AbortController();
  void send('a', { signal: caller.signal });
  void send('b');
  caller.abort();
  await harness.release();
  expect([payloads(), harness.asked]).toEqual([[['b']], 1]);
});

test('when nobody is left, no session is waited for', async () => {
  const { harness, clock, send, lanes } = open();
  harness.isHeld = true;
  const callers = [new AbortController(), new AbortController()];
  for (const { signal } of callers) void send('a', { signal });
  for (const caller of callers) caller.abort();
  await clock.settle();
  expect(lanes.size).toBe(0);
});

const step = fc.record({
  partitionId: fc.nat({ max: 2 }),
  act: fc.constantFrom('send', 'send', 'send', 'finish', 'refuse', 'abort', 'not taken'),
});

test('whatever happens: every send settles once, in order, one flight per partition, lanes close', async () => {
  const history = fc.array(step, { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const { harness, clock, send, written, lanes } = open({ messagesMax: 3 }, { perLaneMax: 4 });
      const callers: { partitionId: number; controller: AbortController }[] = [];
      const offsets = new Map<number, bigint>();
      const done = new Set<Written>();
      let settled = 0;
      const current = (partitionId: number): Written | undefined =>
        written.find((it) => it.partitionId === partitionId && !done.has(it));
      const store = (flight: Written): void => {
        done.add(flight);
        const base = offsets.get(flight.partitionId) ?? 0n;
        offsets.set(flight.partitionId, base + BigInt(flight.payloads.length));
        flight.stored(base);
      };
      for (const [index, { partitionId, act }] of steps.entries()) {
        const flight = current(partitionId);
        if (act === 'send') {
          const controller = new AbortController();
          callers.push({ partitionId, controller });
          const result = send(String(index), { partitionId, signal: controller.signal });
          void result.catch(() => {}).then(() => (settled += 1));
        } else if (act === 'finish' && flight !== undefined) store(flight);
        else if (act === 'refuse' && flight !== undefined) {
          done.add(flight);
          flight.end({ kind: 'refused', code: 41 });
        } else if (act === 'not taken' && flight !== undefined) {
          done.add(flight);
          flight.end({ kind: 'not-executed', cause: 'cut' });
        } else if (act === 'abort') {
          callers.find((it) => it.partitionId === partitionId)?.controller.abort();
        }
        await clock.settle();
        for (const id of [0, 1, 2]) {
          assert(written.filter((it) => it.partitionId === id && !done.has(it)).length <= 1);
        }
      }
      while (written.length > done.size) {
        for (const flight of written) if (!done.has(flight)) store(flight);
        await clock.settle();
      }
      expect([settled, lanes.size]).toEqual([callers.length, 0]);
      for (const id of [0, 1, 2]) {
        const stored = harness.written
          .filter((it) => it.partitionId === id)
          .flatMap(({ payloads }) => payloads.map(Number));
        const first = [...new Set(stored)];
        expect(first).toEqual(first.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 500 },
  );
});

test('when nothing is taken any more, all who wait hear why', async () => {
  const { harness, send, clock, lanes } = open();
  harness.isHeld = true;
  const results = ['a', 'b'].map((it) => send(it));
  harness.closed = new IggyError('closed', 'stopped');
  const late = send('c', { partitionId: 1 });
  await harness.release();
  harness.last.end({ kind: 'not-executed', cause: 'cut' });
  for (const result of [...results, late]) {
    await expect(result).rejects.toMatchObject({ kind: 'closed' });
  }
  await clock.settle();
  expect(lanes.size).toBe(0);
});

function open(...limits: ConstructorParameters<typeof LaneHarness>) {
  const harness = new LaneHarness(...limits);
  const { lanes, clock, written } = harness;
  /** Stores whatever departs, until nothing does. */
  const finish = async (): Promise<void> => {
    for (let next = 0; next < written.length; next += 1) {
      written[next]?.stored(0n);
      await clock.settle();
    }
  };
  return {
    harness,
    lanes,
    clock,
    written,
    finish,
    payloads: () => harness.payloads,
    send: (payload: string, options: Parameters<LaneHarness['send']>[1] = {}) =>
      harness.send(payload, options),
  };
}
