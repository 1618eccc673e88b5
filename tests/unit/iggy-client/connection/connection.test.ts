import { expect, test } from 'vitest';

import { Connection } from '../../../../src/iggy-client/connection/connection.ts';
import { DialTurns } from '../../../../src/iggy-client/connection/dial-turns.ts';
import { KnownLeader } from '../../../../src/iggy-client/connection/known-leader.ts';
import type { Effect, ReconnectPolicy } from '../../../../src/iggy-client/connection/machine.ts';
import { encodeCommand } from '../../../../src/iggy-client/connection/request.ts';
import { commands, EvictionReason } from '../../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ScriptedBroker } from '../../../support/scripted-broker.ts';
import { sessionOptions } from './open-session.ts';

const DELAY_MS = 1_000;
const patience = new AbortController().signal;

function connect(policy: Partial<ReconnectPolicy> = {}, turns = new DialTurns()) {
  const clock = new FakeClock();
  const broker = new ScriptedBroker();
  const effects: Effect['kind'][] = [];
  let minted = 0;
  const connection = new Connection(
    {
      addresses: [
        { host: 'one', port: 1 },
        { host: 'two', port: 2 },
      ],
      session: sessionOptions(clock, broker),
      randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
      turns,
      leader: new KnownLeader(clock),
      policy: () => ({ attemptsMax: 0, slowDelayMs: 9_000, delayMs: () => DELAY_MS, ...policy }),
    },
    { performed: ({ kind }) => effects.push(kind), dialing: () => {}, idle: () => {} },
  );
  const create = () => {
    const request = encodeCommand(commands.createStream, { name: 's', options: [] });
    return connection.isIdle ? connection.request({ ...request, signal: patience }) : undefined;
  };
  return { clock, broker, connection, effects, create };
}

test('requests keep one client id and one number sequence across a reconnect', async () => {
  const { clock, broker, connection, create } = connect();
  connection.open();
  await clock.settle();
  broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
  await create();
  await create();
  broker.last.link.end();
  await clock.advance(DELAY_MS);
  await create();
  expect(broker.logins).toHaveLength(2);
  expect(broker.requests.map(({ header }) => [header.request, header.session])).toEqual([
    [1n, 77n],
    [2n, 77n],
    [3n, 78n],
  ]);
  const clients = [...broker.logins, ...broker.requests].map(({ header }) => header.client);
  expect(new Set(clients).size).toBe(1);
  connection.close();
});

test('a spent client id is replaced, and its successor counts from 1', async () => {
  const { clock, broker, connection, create } = connect();
  connection.open();
  await clock.settle();
  broker.onRequest = (request) => request.evict(EvictionReason.SessionError);
  await create();
  await clock.advance(DELAY_MS);
  broker.onRequest = (request) => request.acceptPayload(Buffer.alloc(0));
  await create();
  const [before, after] = broker.requests.map(({ header }) => header);
  expect(before?.client).not.toBe(after?.client);
  expect([before?.request, after?.request]).toEqual([1n, 1n]);
  connection.close();
});

test('each failed attempt goes on to the next address; one that was good is dialed again', async () => {
  const { clock, broker, connection } = connect();
  broker.network.onDial = (link) => link.end('refused');
  connection.open();
  await clock.advance(DELAY_MS * 2);
  expect(broker.network.links.map(({ address }) => address.host)).toEqual(['one', 'two', 'one']);
  broker.network.onDial = (link) => broker.serve(link);
  await clock.advance(DELAY_MS);
  expect(connection.state.kind).toBe('ready');
  broker.network.links.at(-1)?.end();
  await clock.advance(DELAY_MS);
  expect(broker.network.links.map(({ address }) => address.host).slice(-2)).toEqual(['two', 'two']);
  connection.close();
});

test('a broker that will never let us in is asked slowly', async () => {
  const { clock, broker, connection } = connect();
  broker.onLogin = (login) => login.evict(EvictionReason.InvalidCredentials);
  connection.open();
  await clock.advance(8_999);
  expect(broker.logins).toHaveLength(1);
  await clock.advance(1);
  expect(broker.logins).toHaveLength(2);
  connection.close();
});

test('closing in any state leaves no timer and no socket', async () => {
  const stages = [
    { serve: 'silently', spanMs: 0 },
    { serve: 'refusing', spanMs: 10 },
    { serve: 'well', spanMs: 10 },
  ] as const;
  for (const { serve, spanMs } of stages) {
    const { clock, broker, connection, effects } = connect();
    if (serve === 'silently') broker.network.onDial = () => {};
    if (serve === 'refusing') broker.network.onDial = (link) => link.end();
    connection.open();
    await clock.advance(spanMs);
    connection.close();
    connection.close();
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
    await clock.advance(60_000);
    expect([clock.pendingTimers, broker.network.openLinks]).toEqual([0, 0]);
    expect(effects.filter((kind) => kind === 'turn-waiters-away')).toHaveLength(1);
    expect(connection.state.kind).toBe('closed');
  }
});

test('it dials when its turn comes, and shows which is which', async () => {
  const turns = new DialTurns();
  const other = {};
  turns.take(other, () => {});
  const { clock, broker, connection } = connect({}, turns);
  connection.open();
  await clock.settle();
  expect([connection.state.kind, connection.isDialing]).toEqual(['dialing', false]);
  expect(broker.network.links).toHaveLength(0);
  broker.onLogin = () => {};
  turns.release(other);
  await clock.settle();
  expect([connection.state.kind, connection.isDialing]).toEqual(['dialing', true]);
  connection.close();
});
