import { describe, expect, test } from 'vitest';

import { EvictionReason, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { InvariantError } from '../../../../src/utils/invariant.ts';
import {
  CONNECT_TIMEOUT_MS,
  create,
  HEARTBEAT_MS,
  openSession,
  PING_DEADLINE_MS,
  read,
  REPLY_DEADLINE_MS,
} from './open-session.ts';

describe('coming up', () => {
  test('it is ready when it is logged in, and not before', async () => {
    const { session, seen, broker } = await openSession();
    expect(seen.ready).toEqual(['0.9.0']);
    expect(session.isIdle).toBe(true);
    expect(broker.logins).toHaveLength(1);
  });

  test('a connection that is not made in time is a failed attempt', async () => {
    const { clock, broker, seen } = await openSession();
    broker.network.onDial = () => {};
    const waiting = await openSession({ clock, broker });
    await clock.advance(CONNECT_TIMEOUT_MS);
    expect(waiting.seen.losses).toMatchObject([{ permanent: false }]);
    expect(broker.network.links[1]?.isOpen).toBe(false);
    expect(seen.losses).toEqual([]);
  });

  test('a refused login ends it, with the reason', async () => {
    const { broker, clock } = await openSession();
    broker.onLogin = (login) => login.evict(EvictionReason.InvalidToken);
    const { seen } = await openSession({ clock, broker });
    expect(seen).toMatchObject({ ready: [], losses: [{ permanent: true }] });
    expect(broker.network.links[1]?.isOpen).toBe(false);
  });
});

test('ending it at whatever moment of the login leaves nothing running', async () => {
  for (let moment = 0; moment < 30; moment += 1) {
    const { broker, clock } = await openSession();
    const second = openSession({ clock, broker, hops: moment });
    const { session, seen } = await second;
    session.end({ error: new Error('stopped'), permanent: false, identitySpent: false });
    const ready = seen.ready.length;
    await clock.settle();
    expect([moment, seen.ready.length, session.isIdle]).toEqual([moment, ready, false]);
    broker.network.links[0]?.end();
    await clock.settle();
    expect([moment, clock.pendingTimers]).toEqual([moment, 0]);
  }
});

describe('a request', () => {
  test('gets its reply, and leaves the session free for the next one', async () => {
    const { session, broker, clock, seen } = await openSession();
    const outcome = session.request(read());
    await clock.settle();
    expect(session.isIdle).toBe(false);
    broker.last.acceptPayload(Buffer.from('abc'));
    expect(await outcome).toEqual({ kind: 'answered', payload: Buffer.from('abc') });
    expect(session.isIdle).toBe(true);
    expect(seen.idle).toBe(1);
  });

  test('that is refused, by status or by result, is refused with the code', async () => {
    const { session, broker } = await openSession();
    broker.onRequest = (request) => request.deny(STATUS.Unauthorized);
    expect(await session.request(create())).toEqual({ kind: 'refused', code: 41 });
    broker.onRequest = (request) => request.reject(STATUS.StreamNameAlreadyExists);
    expect(await session.request(create())).toEqual({ kind: 'refused', code: 1012 });
  });

  test('is one at a time', async () => {
    const { session } = await openSession();
    void session.request(read());
    expect(() => session.request(read())).toThrow(InvariantError);
  });

  test('that is not answered in time ends the session, in doubt', async () => {
    const { session, clock, seen, broker } = await openSession();
    const outcome = session.request(create());
    await clock.advance(REPLY_DEADLINE_MS);
    expect(await outcome).toMatchObject({ kind: 'in-doubt' });
    expect(seen.losses).toHaveLength(1);
    expect(broker.network.openLinks).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('whose reply is garbage ends the session, in doubt for that reason', async () => {
    const { session, broker, seen } = await openSession();
    broker.onRequest = (request) => {
      request.link.send(request.reply(0, request.header.operation, Buffer.of(9, 0, 0, 0)));
    };
    expect(await session.request(create())).toMatchObject({
      kind: 'in-doubt',
      cause: { name: 'WireError' },
    });
    expect(seen.losses).toHaveLength(1);
  });

  test.each([EvictionReason.NoSession, EvictionReason.SessionTooLow])(
    'turned away by eviction %d has not happened',
    async (reason) => {
      const { session, broker, seen } = await openSession();
      broker.onRequest = (request) => request.evict(reason);
      expect(await session.request(create())).toMatchObject({ kind: 'not-executed' });
      expect(seen.losses).toHaveLength(1);
    },
  );

  test('denied because the broker has forgotten our login has not happened, and ends the session', async () => {
    const { session, broker, seen } = await openSession();
    broker.onRequest = (request) => request.deny(STATUS.Unauthenticated);
    expect(await session.request(create())).toMatchObject({ kind: 'not-executed' });
    expect(seen.losses).toHaveLength(1);
    expect(session.isIdle).toBe(false);
  });
});

describe('an abort', () => {
  test('settles the request at once, and the slot stays taken until the reply', async () => {
    const { session, broker, clock, seen } = await openSession();
    const caller = new AbortController();
    const outcome = session.request(create('first', caller.signal));
    await clock.settle();
    caller.abort('enough');
    const settled = await outcome;
    expect(settled).toMatchObject({ kind: 'in-doubt', cause: 'enough' });
    expect(session.isIdle).toBe(false);

    let released = false;
    if (settled.kind === 'in-doubt') void settled.released.then(() => (released = true));
    await clock.advance(1_000);
    expect(released).toBe(false);
    broker.last.acceptPayload(Buffer.alloc(0));
    await clock.settle();
    expect([released, session.isIdle, seen.idle]).toEqual([true, true, 1]);
  });

  test('leaves the late reply to nobody: the next request gets its own', async () => {
    const { session, broker, clock } = await openSession();
    const caller = new AbortController();
    void session.request(read(caller.signal));
    await clock.settle();
    caller.abort();
    broker.last.acceptPayload(Buffer.from('late'));
    await clock.settle();
    const next = session.request(read());
    await clock.settle();
    broker.last.acceptPayload(Buffer.from('own'));
    expect(await next).toEqual({ kind: 'answered', payload: Buffer.from('own') });
  });
});

describe('a ping', () => {
  test('goes out when the session has been idle for an interval, and again', async () => {
    const { session, broker, clock, seen } = await openSession();
    await clock.advance(HEARTBEAT_MS * 3);
    expect(broker.pings).toHaveLength(3);
    expect(session.isIdle).toBe(true);
    expect(seen.losses).toEqual([]);
  });

  test('does not go out while a request is in flight', async () => {
    const { session, broker, clock } = await openSession();
    void session.request(read());
    await clock.advance(HEARTBEAT_MS * 3);
    expect(broker.pings).toEqual([]);
  });

  test('that is not answered ends the session by its own deadline', async () => {
    const { broker, clock, seen } = await openSession();
    broker.onPing = () => {};
    await clock.advance(HEARTBEAT_MS + PING_DEADLINE_MS - 1);
    expect(seen.losses).toEqual([]);
    await clock.advance(1);
    expect(seen.losses).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  test('holds the session while it is out', async () => {
    const { session, broker, clock, seen } = await openSession();
    broker.onPing = () => {};
    await clock.advance(HEARTBEAT_MS);
    expect(session.isIdle).toBe(false);
    broker.pings[0]?.acceptPayload(Buffer.alloc(0));
    await clock.settle();
    expect([session.isIdle, seen.idle]).toEqual([true, 1]);
  });
});

describe('the end', () => {
  test('logging out tells the broker, and hangs up', async () => {
    const { session, broker, clock, seen } = await openSession();
    await session.logOut(500);
    expect(broker.logouts.map(({ header }) => header)).toMatchObject([
      { operation: 3, request: 1n, session: 77n },
    ]);
    expect(broker.network.openLinks).toBe(0);
    expect([clock.pendingTimers, seen.losses.length]).toEqual([0, 0]);
  });

  test('a broker that does not answer the logout is not waited for', async () => {
    const { session, broker, clock } = await openSession();
    broker.network.links.forEach((link) => {
      link.onReceive = () => {};
    });
    const done = session.logOut(500);
    await clock.advance(500);
    await done;
    expect(broker.network.openLinks).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  test('hanging up settles what is in flight, in doubt', async () => {
    const { session, clock, seen, broker } = await openSession();
    const outcome = session.request(create());
    await clock.settle();
    session.end({ error: new Error('stopped'), permanent: false, identitySpent: false });
    expect(await outcome).toMatchObject({ kind: 'in-doubt' });
    expect(seen.losses).toEqual([]);
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
  });
});
