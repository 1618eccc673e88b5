import { describe, expect, test } from 'vitest';

import { CircuitGuard } from '../../../src/iggy-client/circuit-guard.ts';
import { IggyError, type IggyErrorKind } from '../../../src/iggy-client/errors.ts';
import type { ClientEvent } from '../../../src/iggy-client/events.ts';
import { WireError } from '../../../src/iggy-protocol/index.ts';
import { DeadlinePassed } from '../../../src/utils/deadline-passed.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const OPEN_MS = 30_000;
const FULL_MS = 10_000;

function setUp() {
  const clock = new FakeClock();
  const events: ClientEvent[] = [];
  const guard = new CircuitGuard({
    policy: { failureThreshold: 1, successThreshold: 1, openDurationMs: OPEN_MS },
    clock,
    onEvent: (event) => events.push(event),
  });
  return { clock, events, guard };
}

const patient = new AbortController().signal;

function aborted(reason: Error): AbortSignal {
  return AbortSignal.abort(reason);
}

async function failing(error: Error): Promise<never> {
  throw error;
}

describe('what a call that ends so says of the broker', () => {
  const gone = aborted(new Error('the client went away'));
  const late = aborted(new DeadlinePassed(FULL_MS));
  const wire = new WireError('garbage');

  test.each<[string, Error, AbortSignal, 'closed' | 'open']>([
    ['no connection', new IggyError('lost', 'x'), patient, 'open'],
    ['a read not answered', new IggyError('timeout', 'x'), patient, 'open'],
    ['a write not answered', new IggyError('outcome-unknown', 'x'), patient, 'open'],
    ['the full deadline of a read', new IggyError('timeout', 'x'), late, 'open'],
    ['the full deadline of a write', new IggyError('outcome-unknown', 'x'), late, 'open'],
    ['the full deadline without a connection', new IggyError('lost', 'x'), late, 'open'],
    ['a read nobody waits for', new IggyError('timeout', 'x'), gone, 'closed'],
    ['a write nobody waits for', new IggyError('outcome-unknown', 'x'), gone, 'closed'],
    ['no connection, and nobody waits', new IggyError('lost', 'x'), gone, 'closed'],
    ['a refusal', new IggyError('refused', 'x', { code: 1 }), patient, 'closed'],
    ['no room here', new IggyError('overloaded', 'x'), patient, 'closed'],
    ['a circuit that is open elsewhere', new IggyError('circuit-open', 'x'), patient, 'closed'],
    ['a closed client', new IggyError('closed', 'x'), patient, 'closed'],
    ['a page that cannot be read', new IggyError('wire', 'x', { cause: wire }), patient, 'closed'],
    [
      'a committed page that cannot be read',
      new IggyError('outcome-unknown', 'x', { cause: wire }),
      patient,
      'closed',
    ],
    ['a fault of our own', new TypeError('bug'), patient, 'closed'],
  ])('%s', async (_, error, signal, state) => {
    const { guard, clock } = setUp();
    const call = guard.run(signal, async () => {
      await clock.advance(FULL_MS);
      throw error;
    });
    await expect(call).rejects.toBe(error);
    expect(guard.state).toBe(state);
    guard.stop();
  });

  test('a full deadline that the caller itself has used up says nothing', async () => {
    const { guard, clock } = setUp();
    await clock.advance(FULL_MS);
    const late10s = aborted(new DeadlinePassed(FULL_MS));
    const takes = (spanMs: number): Promise<void> =>
      guard.run(late10s, async () => {
        await clock.advance(spanMs);
        throw new IggyError('timeout', 'x');
      });
    await expect(takes(FULL_MS / 2 - 1)).rejects.toThrow('x');
    expect(guard.state).toBe('closed');
    await expect(takes(FULL_MS / 2)).rejects.toThrow('x');
    expect(guard.state).toBe('open');
    guard.stop();
  });

  test.each<[string, IggyErrorKind, boolean, 'closed' | 'half-open']>([
    ['a refusal of the broker heals', 'refused', false, 'closed'],
    ['a refusal of our own does not', 'refused', true, 'half-open'],
    ['no room here does not', 'overloaded', false, 'half-open'],
  ])('%s', async (_, kind, local, state) => {
    const { guard } = setUp();
    guard.attemptFailed('refused');
    guard.loggedIn();
    const call = guard.run(patient, () => failing(new IggyError(kind, 'x', { local })));
    await expect(call).rejects.toThrow('x');
    expect(guard.state).toBe(state);
    // The lease is back.
    expect(await guard.run(patient, async () => 7)).toBe(7);
    guard.stop();
  });
});

test('what is rejected is told when to come back, and never done', async () => {
  const { guard, clock, events } = setUp();
  guard.attemptFailed('refused');
  await clock.advance(OPEN_MS - 1);
  let done = 0;
  const work = async (): Promise<void> => {
    done += 1;
  };
  const rejection = { name: 'IggyError', kind: 'circuit-open', retryAfterMs: 1 };
  await expect(guard.run(patient, work)).rejects.toMatchObject(rejection);
  await clock.advance(1);
  const probe = Promise.withResolvers<void>();
  const trying = guard.run(patient, () => probe.promise);
  await expect(guard.run(patient, work)).rejects.toMatchObject({ ...rejection, retryAfterMs: 0 });
  probe.resolve();
  await trying;
  await guard.run(patient, work);
  expect(done).toBe(1);
  expect(events).toEqual([
    { kind: 'circuit-opened', reason: 'refused' },
    { kind: 'circuit-rejected', state: 'open' },
    { kind: 'circuit-half-open' },
    { kind: 'circuit-rejected', state: 'half-open' },
    { kind: 'circuit-closed' },
  ]);
});

test('an open circuit becomes half-open in time, although nobody calls', async () => {
  const { guard, clock, events } = setUp();
  await clock.advance(1_000);
  guard.attemptFailed('refused');
  await clock.advance(OPEN_MS - 1);
  expect(guard.state).toBe('open');
  await clock.advance(1);
  expect(guard.state).toBe('half-open');
  expect(events.at(-1)).toEqual({ kind: 'circuit-half-open' });
  expect(clock.pendingTimers).toBe(0);
});

test('once stopped it leaves no timer, rejects nobody and opens no more', async () => {
  const { guard, clock, events } = setUp();
  guard.attemptFailed('refused');
  guard.stop();
  expect(clock.pendingTimers).toBe(0);
  expect(await guard.run(patient, async () => 7)).toBe(7);

  const late = setUp();
  const ended = late.guard.run(patient, async () => {
    late.guard.stop();
    throw new IggyError('outcome-unknown', 'hung up');
  });
  await expect(ended).rejects.toThrow('hung up');
  expect([late.clock.pendingTimers, late.events]).toEqual([0, []]);
  expect(events).toHaveLength(1);
});
