import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type Effect,
  type Event,
  IDLE,
  type Loss,
  type ReconnectPolicy,
  type State,
  transition,
} from '../../../../src/iggy-client/connection/machine.ts';

const SLOW_MS = 9_999;

function policy(attemptsMax: number): ReconnectPolicy {
  return { attemptsMax, slowDelayMs: SLOW_MS, delayMs: (failures) => failures };
}

function loss(overrides: Partial<Loss> = {}): Loss {
  return { error: new Error('test'), permanent: false, identitySpent: false, ...overrides };
}

/** One random event, possibly spoken by a socket up to two epochs old. */
const anyEvent = fc.record({
  kind: fc.constantFrom('open', 'ready', 'redirected', 'lost', 'retry-due', 'close'),
  age: fc.nat({ max: 2 }),
  permanent: fc.boolean(),
  identitySpent: fc.boolean(),
});

type AnyEvent = typeof anyEvent extends fc.Arbitrary<infer Value> ? Value : never;

function toEvent({ kind, age, permanent, identitySpent }: AnyEvent, state: State): Event {
  const epoch = state.epoch - age;
  switch (kind) {
    case 'open':
    case 'close':
      return { kind };
    case 'ready':
    case 'redirected':
    case 'retry-due':
      return { kind, epoch };
    case 'lost':
      return { kind: 'lost', epoch, loss: loss({ permanent, identitySpent }) };
  }
}

/** What the effects so far have left in the world, kept by nothing but the effects. */
interface World {
  sockets: number;
  timers: number;
  epochs: number[];
  /** Addresses were left behind this many times. */
  rotation: number;
  /** A new identity was demanded and not minted yet. */
  identityDue: boolean;
  turnedAway: number;
}

function perform(world: World, effect: Effect): void {
  switch (effect.kind) {
    case 'dial':
      world.sockets += 1;
      world.epochs.push(effect.epoch);
      assert.equal(effect.newIdentity, world.identityDue);
      assert.equal(effect.rotation, world.rotation);
      world.identityDue = false;
      return;
    case 'wait':
      world.timers += 1;
      return;
    case 'hang-up':
      world.sockets = 0;
      world.timers = 0;
      world.identityDue ||= effect.loss.identitySpent;
      return;
    case 'turn-waiters-away':
      world.turnedAway += 1;
      return;
    case 'admit-waiters':
      assert.equal(world.sockets, 1);
  }
}

describe('in every history', () => {
  test('there is one socket or one timer at most, each epoch is new, and closed is the end', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 60 }),
        fc.nat({ max: 4 }),
        (history, attemptsMax) => {
          let state: State = IDLE;
          const world: World = {
            sockets: 0,
            timers: 0,
            epochs: [],
            rotation: 0,
            identityDue: true,
            turnedAway: 0,
          };
          for (const happening of history) {
            const event = toEvent(happening, state);
            const stale = 'epoch' in event && event.epoch !== state.epoch;
            const [next, ...effects] = transition(state, event, policy(attemptsMax));
            if (stale || state.kind === 'closed') assert.deepEqual([next, effects], [state, []]);
            if (event.kind === 'retry-due' && !stale && state.kind === 'waiting') world.timers = 0;
            // Whoever says so has ended already.
            if (event.kind === 'redirected' && !stale && state.kind === 'dialing') {
              world.sockets = 0;
            }
            const failed = event.kind === 'lost' && !stale && state.kind === 'dialing';
            if (failed && next.kind === 'waiting') world.rotation += 1;
            for (const effect of effects) perform(world, effect);
            expect(world.sockets).toBe(next.kind === 'dialing' || next.kind === 'ready' ? 1 : 0);
            expect(world.timers).toBe(next.kind === 'waiting' ? 1 : 0);
            expect(world.turnedAway).toBe(next.kind === 'closed' ? 1 : 0);
            state = next;
          }
          expect(world.epochs).toEqual(world.epochs.toSorted((a, b) => a - b));
          expect(new Set(world.epochs).size).toBe(world.epochs.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('a broker that comes back is reached again, unless the client was closed or gave up', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (history) => {
        let state: State = IDLE;
        for (const happening of history) {
          [state] = transition(state, toEvent(happening, state), policy(0));
        }
        if (state.kind === 'closed') return;
        if (state.kind === 'idle') [state] = transition(state, { kind: 'open' }, policy(0));
        const { epoch } = state;
        if (state.kind === 'waiting') {
          [state] = transition(state, { kind: 'retry-due', epoch }, policy(0));
        }
        [state] = transition(state, { kind: 'ready', epoch: state.epoch }, policy(0));
        expect(state.kind).toBe('ready');
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Fails every attempt for a while, and returns all effects. */
function failing(attemptsMax: number, cause: Loss = loss()): { state: State; effects: Effect[] } {
  const rules = policy(attemptsMax);
  const effects: Effect[] = [];
  let state = IDLE;
  const take = (event: Event): void => {
    const [next, ...caused] = transition(state, event, rules);
    state = next;
    effects.push(...caused);
  };
  take({ kind: 'open' });
  for (let round = 0; round < 20; round += 1) {
    take({ kind: 'lost', epoch: state.epoch, loss: cause });
    take({ kind: 'retry-due', epoch: state.epoch });
  }
  return { state, effects };
}

function only<Kind extends Effect['kind']>(kind: Kind, effects: readonly Effect[]) {
  return effects.filter(
    (effect): effect is Extract<Effect, { kind: Kind }> => effect.kind === kind,
  );
}

test('it gives up after exactly attemptsMax failed attempts, and says so', () => {
  for (const attemptsMax of [1, 3]) {
    const { state, effects } = failing(attemptsMax);
    expect(only('dial', effects)).toHaveLength(attemptsMax);
    expect(only('turn-waiters-away', effects)).toMatchObject([{ gaveUp: true }]);
    expect(state.kind).toBe('closed');
  }
});

test('with attemptsMax 0 it never gives up', () => {
  expect(only('dial', failing(0).effects)).toHaveLength(21);
});

test('what fails while it may not give up does not count towards giving up', () => {
  let { state } = failing(0);
  let dials = 0;
  while (state.kind !== 'closed') {
    const [failed] = transition(
      state,
      { kind: 'lost', epoch: state.epoch, loss: loss() },
      policy(3),
    );
    [state] = transition(failed, { kind: 'retry-due', epoch: failed.epoch }, policy(3));
    dials += 1;
  }
  expect(dials).toBe(3);
});

test('the wait grows with the failures, and starts over after a connection that was good', () => {
  const { state, effects } = failing(0);
  expect(only('wait', effects).map(({ delayMs }) => delayMs)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  const [ready] = transition(state, { kind: 'ready', epoch: state.epoch }, policy(0));
  const lost: Event = { kind: 'lost', epoch: ready.epoch, loss: loss() };
  const [, ...after] = transition(ready, lost, policy(0));
  expect(only('wait', after)).toMatchObject([{ delayMs: 1 }]);
});

test('whoever waits is admitted once it is ready', () => {
  const { state } = failing(0);
  const [, ...effects] = transition(state, { kind: 'ready', epoch: state.epoch }, policy(0));
  expect(effects).toEqual([{ kind: 'admit-waiters' }]);
});

test('whoever waits is turned away when it is closed, which is no giving up', () => {
  const [, ...effects] = transition(failing(0).state, { kind: 'close' }, policy(3));
  expect(effects.map(({ kind }) => kind)).toEqual(['hang-up', 'turn-waiters-away']);
  const closed = {
    error: new Error('closed by its owner'),
    permanent: false,
    identitySpent: false,
  };
  expect(effects).toMatchObject([{ loss: closed }, { loss: closed, gaveUp: false }]);
});

test('a failure that waiting does not mend is retried at the slow pace from the start', () => {
  const { effects } = failing(0, loss({ permanent: true }));
  expect(new Set(only('wait', effects).map(({ delayMs }) => delayMs))).toEqual(new Set([SLOW_MS]));
});

test('each failed attempt moves on to the next address, a lost connection does not', () => {
  const { state, effects } = failing(0);
  expect(only('dial', effects).map(({ rotation }) => rotation)).toEqual(
    Array.from({ length: 21 }, (_, i) => i),
  );
  const [ready] = transition(state, { kind: 'ready', epoch: state.epoch }, policy(0));
  const lost: Event = { kind: 'lost', epoch: ready.epoch, loss: loss() };
  const [waiting] = transition(ready, lost, policy(0));
  const due: Event = { kind: 'retry-due', epoch: waiting.epoch };
  const [, ...again] = transition(waiting, due, policy(0));
  expect(only('dial', again)).toMatchObject([{ rotation: 20, attempt: 1 }]);
});

test('a new identity is minted at first and when the old one is spent, never otherwise', () => {
  const fresh = only('dial', failing(0).effects).map(({ newIdentity }) => newIdentity);
  expect(fresh).toEqual([true, ...Array.from({ length: 20 }, () => false)]);
  const spent = only('dial', failing(0, loss({ identitySpent: true })).effects);
  expect(spent.every(({ newIdentity }) => newIdentity)).toBe(true);
});
