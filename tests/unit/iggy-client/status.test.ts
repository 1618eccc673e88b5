import { describe, expect, test } from 'vitest';

import type { Loss, State } from '../../../src/iggy-client/connection/machine.ts';
import type { ClientEvent } from '../../../src/iggy-client/events.ts';
import {
  type ConnectionPicture,
  failedAttempts,
  overallState,
  StatusBoard,
} from '../../../src/iggy-client/status.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const at = { epoch: 1, rotation: 0 };
const idle: ConnectionPicture = {
  state: { kind: 'idle', epoch: 0, rotation: 0 },
  isDialing: false,
};
const ready: ConnectionPicture = { state: { kind: 'ready', ...at }, isDialing: false };
const closed: ConnectionPicture = { state: { kind: 'closed', ...at }, isDialing: false };

function dialing(attempt: number, isDialing = true): ConnectionPicture {
  return { state: { kind: 'dialing', attempt, strikes: 0, ...at }, isDialing };
}

function waiting(attempt: number): ConnectionPicture {
  const state: State = { kind: 'waiting', attempt, strikes: 0, newIdentity: false, ...at };
  return { state, isDialing: false };
}

test.each<[string, ConnectionPicture[]]>([
  ['ready', [waiting(2), ready, dialing(1)]],
  ['connecting', [waiting(2), dialing(1)]],
  ['waiting', [waiting(2), dialing(1, false)]],
  ['connecting', [dialing(1, false)]],
  ['connecting', [idle, idle]],
  ['closed', [closed, closed]],
])('the whole is %s', (state, connections) => {
  expect(overallState(connections)).toBe(state);
});

test('attempts are those of the connection that failed most', () => {
  expect(failedAttempts([waiting(4), dialing(2), dialing(1, false)])).toBe(3);
  expect(failedAttempts([ready, closed, idle])).toBe(0);
});

function board() {
  const clock = new FakeClock();
  const events: ClientEvent[] = [];
  return { clock, events, board: new StatusBoard(clock, (event) => events.push(event)) };
}

function loss(message: string, permanent = false): Loss {
  return { error: new Error(message), permanent, identitySpent: false };
}

describe('the board', () => {
  test('tells when the connection is there and when it is gone, not what single sessions do', () => {
    const { board: it, events } = board();
    it.update([ready, dialing(1)], '0.9.0');
    it.update([ready, ready], '0.9.0');
    it.update([ready, waiting(1)], '0.9.0');
    it.lost(loss('cut'), true);
    it.update([waiting(1), waiting(1)], '0.9.0');
    it.lost(loss('cut too'), true);
    expect(events).toEqual([
      { kind: 'connected', serverVersion: '0.9.0' },
      { kind: 'session-lost', reason: 'cut' },
      { kind: 'lost', reason: 'cut too' },
    ]);
  });

  test('shows the last failure until the connection is back', () => {
    const { board: it } = board();
    it.update([waiting(3)], undefined);
    it.lost(loss('refused'), false);
    expect(it.status).toMatchObject({ state: 'waiting', attempts: 2, lastFailure: 'refused' });
    it.update([ready], '0.9.0');
    expect(it.status).toMatchObject({
      state: 'ready',
      attempts: 0,
      lastFailure: undefined,
      serverVersion: '0.9.0',
    });
  });

  test('says once what waiting does not mend, and again when it is something else', () => {
    const { board: it, events } = board();
    for (const reason of ['wrong password', 'wrong password', 'wrong version']) {
      it.update([waiting(2)], undefined);
      it.lost(loss(reason, true), false);
    }
    expect(it.status.permanentFailure).toBe(true);
    it.update([waiting(3)], undefined);
    it.lost(loss('cut'), false);
    expect(it.status.permanentFailure).toBe(false);
    expect(events.map((event) => ('reason' in event ? event.reason : event.kind))).toEqual([
      'wrong password',
      'wrong version',
    ]);
  });

  test('a picture is never changed, and knows since when its state lasts', async () => {
    const { board: it, clock } = board();
    const first = it.status;
    await clock.advance(1_000);
    it.update([waiting(2)], undefined);
    const second = it.status;
    await clock.advance(1_000);
    it.update([waiting(3)], undefined);
    expect(first.state).toBe('connecting');
    expect([second.attempts, it.status.attempts]).toEqual([1, 2]);
    expect(second.sinceMicros - first.sinceMicros).toBe(1_000_000n);
    expect(it.status.sinceMicros).toBe(second.sinceMicros);
    expect(Object.isFrozen(second)).toBe(true);
  });

  test('what was tried before giving up stays visible', () => {
    const { board: it, events } = board();
    it.update([waiting(3)], undefined);
    it.lost(loss('refused'), false);
    it.update([closed], undefined);
    it.gaveUp(3, loss('refused'));
    expect(it.status).toMatchObject({ state: 'closed', attempts: 3, lastFailure: 'refused' });
    expect(events).toEqual([{ kind: 'gave-up', attempts: 3, reason: 'refused' }]);
  });
});
