import { describe, expect, test } from 'vitest';

import { CircuitGuard } from '../../../src/iggy-client/circuit-guard.ts';
import { encodeCommand } from '../../../src/iggy-client/connection/request.ts';
import type { SessionRequest } from '../../../src/iggy-client/connection/session.ts';
import type { ClientEvent } from '../../../src/iggy-client/events.ts';
import { Pool, type PoolOptions } from '../../../src/iggy-client/pool.ts';
import { commands, EvictionReason } from '../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { ScriptedBroker } from '../../support/scripted-broker.ts';
import { sessionOptions } from './connection/open-session.ts';

const BASE_MS = 1_000;

function createPool(overrides: Partial<PoolOptions> = {}) {
  const clock = new FakeClock();
  const broker = new ScriptedBroker();
  const events: ClientEvent[] = [];
  const onEvent = (event: ClientEvent): unknown => events.push(event);
  const policy = { failureThreshold: 100, successThreshold: 1, openDurationMs: 1_000 };
  let minted = 0;
  const pool = new Pool({
    addresses: [{ host: 'broker', port: 8090 }],
    session: sessionOptions(clock, broker),
    size: 2,
    reconnect: { baseMs: BASE_MS, maxMs: 8_000, attemptsMax: 0 },
    waiting: { entriesMax: 3, bytesMax: 1_000 },
    logoutDeadlineMs: 500,
    random: () => 0.5,
    randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
    onEvent,
    circuit: new CircuitGuard({ policy, clock, onEvent }),
    ...overrides,
  });
  return { clock, broker, pool, events };
}

function create(name: string, signal = new AbortController().signal): SessionRequest {
  return { ...encodeCommand(commands.createStream, { name, options: [] }), signal };
}

/** The name that a create_stream asks for. */
function nameIn({ body }: { body: Buffer }): string {
  return body.toString('utf8', 1);
}

describe('coming up', () => {
  test('slots log in one at a time', async () => {
    const { clock, broker, pool } = createPool({ size: 3 });
    broker.onLogin = () => {};
    pool.start();
    for (let slot = 1; slot <= 3; slot += 1) {
      await clock.settle();
      expect(broker.logins).toHaveLength(slot);
      expect(pool.status.state).toBe(slot === 1 ? 'connecting' : 'ready');
      const login = broker.logins.at(-1);
      if (login !== undefined) broker.logIn(login);
    }
    await clock.settle();
    const clients = broker.logins.map(({ header }) => header.client);
    expect(new Set(clients).size).toBe(3);
    await pool.stop();
  });

  test('while nobody has a connection, one slot alone keeps trying', async () => {
    const { clock, broker, pool } = createPool({ size: 4 });
    broker.network.onDial = (link) => link.end('refused');
    pool.start();
    await clock.advance(BASE_MS * 7);
    // At 0, 1, 3 and 7 s.
    expect(broker.network.links).toHaveLength(4);
    expect(pool.status).toMatchObject({
      state: 'waiting',
      attempts: 4,
      lastFailure: 'refused',
      permanentFailure: false,
    });
    broker.network.onDial = (link) => broker.serve(link);
    await clock.advance(BASE_MS * 8);
    expect(broker.logins).toHaveLength(4);
    expect(pool.status).toMatchObject({ state: 'ready', attempts: 0, serverVersion: '0.9.0' });
    await pool.stop();
  });

  test('a slot that cannot connect does not keep the others from it', async () => {
    const { clock, broker, pool } = createPool({ size: 3 });
    let logins = 0;
    broker.onLogin = (login) => {
      logins += 1;
      if (logins === 2) login.link.end();
      else broker.logIn(login);
    };
    pool.start();
    await clock.settle();
    expect(logins).toBe(3);
    expect(broker.network.openLinks).toBe(2);
    await clock.advance(BASE_MS);
    expect(broker.network.openLinks).toBe(3);
    await pool.stop();
  });
});

describe('requests', () => {
  test('run side by side, one on each session', async () => {
    const { clock, broker, pool } = createPool();
    pool.start();
    await clock.settle();
    const [one, two, three] = ['one', 'two', 'three'].map((name) => pool.request(create(name)));
    await clock.settle();
    expect(broker.requests.map(nameIn)).toEqual(['one', 'two']);
    broker.requests[1]?.acceptPayload(Buffer.from('for two'));
    expect(await two).toEqual({ kind: 'answered', payload: Buffer.from('for two') });
    await clock.settle();
    expect(broker.requests.map(nameIn)).toEqual(['one', 'two', 'three']);
    broker.requests[2]?.acceptPayload(Buffer.from('for three'));
    broker.requests[0]?.acceptPayload(Buffer.from('for one'));
    expect(await three).toEqual({ kind: 'answered', payload: Buffer.from('for three') });
    expect(await one).toEqual({ kind: 'answered', payload: Buffer.from('for one') });
    await pool.stop();
  });

  test('wait for the connection, and then leave in order of arrival', async () => {
    const { clock, broker, pool } = createPool({ size: 1 });
    broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
    const all = ['one', 'two', 'three'].map((name) => pool.request(create(name)));
    pool.start();
    await Promise.all(all);
    expect(broker.requests.map(nameIn)).toEqual(['one', 'two', 'three']);
    await clock.settle();
    await pool.stop();
  });

  test('wait in bounded number and size', async () => {
    const { pool } = createPool({ waiting: { entriesMax: 2, bytesMax: 300 } });
    const overloaded = { kind: 'not-admitted', error: { kind: 'overloaded' } };
    void pool.request(create('a'.repeat(150)));
    expect(await pool.request(create('b'.repeat(150)))).toMatchObject(overloaded);
    void pool.request(create('c'));
    expect(await pool.request(create('d'))).toMatchObject(overloaded);
    await pool.stop();
  });

  test('whose caller goes while they wait are not written', async () => {
    const { clock, broker, pool } = createPool({ size: 1 });
    const [early, late] = [new AbortController(), new AbortController()];
    const withoutConnection = pool.request(create('early', early.signal));
    early.abort();
    expect(await withoutConnection).toMatchObject({
      kind: 'not-admitted',
      error: { kind: 'lost' },
    });

    pool.start();
    await clock.settle();
    void pool.request(create('first'));
    const behindIt = pool.request(create('late', late.signal));
    await clock.settle();
    late.abort();
    expect(await behindIt).toMatchObject({ kind: 'not-admitted', error: { kind: 'timeout' } });
    broker.last.acceptPayload(Buffer.alloc(0));
    await clock.settle();
    expect(broker.requests.map(nameIn)).toEqual(['first']);
    await pool.stop();
  });

  test('whose caller has gone already are not written either', async () => {
    const { clock, broker, pool } = createPool();
    pool.start();
    await clock.settle();
    expect(await pool.request(create('x', AbortSignal.abort()))).toMatchObject({
      kind: 'not-admitted',
      error: { kind: 'timeout' },
    });
    expect(broker.requests).toEqual([]);
    await pool.stop();
  });

  test('an aborted one keeps its slot until the reply, which reaches nobody else', async () => {
    const { clock, broker, pool } = createPool({ size: 1 });
    pool.start();
    await clock.settle();
    const caller = new AbortController();
    const first = pool.request(create('first', caller.signal));
    await clock.settle();
    caller.abort();
    expect(await first).toMatchObject({ kind: 'in-doubt' });
    const second = pool.request(create('second'));
    await clock.advance(2_000);
    expect(broker.requests.map(nameIn)).toEqual(['first']);
    broker.last.acceptPayload(Buffer.from('late'));
    await clock.settle();
    expect(broker.requests.map(nameIn)).toEqual(['first', 'second']);
    broker.last.acceptPayload(Buffer.from('own'));
    expect(await second).toEqual({ kind: 'answered', payload: Buffer.from('own') });
    await pool.stop();
  });
});

describe('giving up', () => {
  const reconnect = { baseMs: BASE_MS, maxMs: 8_000, attemptsMax: 3 };

  test('happens after so many attempts, turns everybody away, and is told', async () => {
    const { clock, broker, pool, events } = createPool({ size: 4, reconnect });
    broker.network.onDial = (link) => link.end('refused');
    pool.start();
    const waiting = pool.request(create('x'));
    await clock.advance(60_000);
    expect(broker.network.links).toHaveLength(3);
    expect(await waiting).toMatchObject({ kind: 'not-admitted', error: { kind: 'closed' } });
    expect(await pool.request(create('y'))).toMatchObject({ error: { kind: 'closed' } });
    expect(pool.status).toMatchObject({ state: 'closed', attempts: 3, lastFailure: 'refused' });
    expect(events.map(({ kind }) => kind)).toEqual(['reconnecting', 'reconnecting', 'gave-up']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('does not happen while another slot has a connection', async () => {
    const { clock, broker, pool } = createPool({ size: 2, reconnect });
    pool.start();
    await clock.settle();
    broker.network.onDial = (link) => link.end('too many');
    broker.network.links[1]?.end();
    await clock.advance(120_000);
    expect(broker.network.links.length).toBeGreaterThan(10);
    expect(pool.status.state).toBe('ready');
    await pool.stop();
  });
});

describe('events', () => {
  test('tell of the connection as a whole, and of single sessions apart', async () => {
    const { clock, broker, pool, events } = createPool();
    pool.start();
    await clock.settle();
    broker.network.links[0]?.end('cut');
    await clock.settle();
    broker.network.links[1]?.end('cut too');
    await clock.advance(BASE_MS);
    expect(events).toEqual([
      { kind: 'connected', serverVersion: '0.9.0' },
      { kind: 'session-lost', reason: 'cut' },
      { kind: 'lost', reason: 'cut too' },
      { kind: 'reconnecting', attempts: 0, delayMs: BASE_MS, reason: 'cut too' },
      { kind: 'connected', serverVersion: '0.9.0' },
    ]);
    await pool.stop();
  });

  test('tell once that the broker will never let us in', async () => {
    const { clock, broker, pool, events } = createPool();
    broker.onLogin = (login) => login.evict(EvictionReason.InvalidCredentials);
    pool.start();
    await clock.advance(30_000);
    expect(broker.logins.length).toBeGreaterThan(2);
    expect(events.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
    expect(pool.status.permanentFailure).toBe(true);
    await pool.stop();
  });
});

describe('stopping', () => {
  test('logs out, hangs up and leaves nothing running', async () => {
    const { clock, broker, pool } = createPool();
    pool.start();
    await clock.settle();
    void pool.request(create('in flight'));
    await pool.stop();
    await clock.settle();
    expect(broker.logouts).toHaveLength(1);
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
    expect(pool.status.state).toBe('closed');
  });

  test('settles everybody: waiters as closed, what is in flight in doubt', async () => {
    const { clock, pool } = createPool({ size: 1 });
    pool.start();
    await clock.settle();
    const inFlight = pool.request(create('one'));
    const waiting = pool.request(create('two'));
    await pool.stop();
    expect(await inFlight).toMatchObject({ kind: 'in-doubt' });
    expect(await waiting).toMatchObject({ kind: 'not-admitted', error: { kind: 'closed' } });
  });

  test('before starting is fine', async () => {
    const { clock, broker, pool } = createPool();
    await pool.stop();
    pool.start();
    await clock.settle();
    expect(broker.network.links).toEqual([]);
    expect(pool.status.state).toBe('closed');
  });
});
