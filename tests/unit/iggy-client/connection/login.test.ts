import { expect, test } from 'vitest';

import { Conversation } from '../../../../src/iggy-client/connection/conversation.ts';
import { Identity } from '../../../../src/iggy-client/connection/identity.ts';
import { type Credentials, logIn } from '../../../../src/iggy-client/connection/login.ts';
import {
  commands,
  EvictionReason,
  PROTOCOL_VERSION,
  STATUS,
} from '../../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ScriptedBroker, type ScriptedRequest } from '../../../support/scripted-broker.ts';

const password: Credentials = { username: 'iggy', password: 'very-secret' };
const DEADLINE_MS = 1_000;

async function dialed(credentials: Credentials, onLogin?: (login: ScriptedRequest) => void) {
  const broker = new ScriptedBroker();
  if (onLogin !== undefined) broker.onLogin = onLogin;
  const clock = new FakeClock();
  const conversation = new Conversation(
    {
      dial: broker.network.dial,
      address: { host: 'broker', port: 1 },
      clock,
      frameBytesMax: 1 << 20,
    },
    { opened: () => {}, ended: () => {} },
  );
  await clock.settle();
  const outcome = logIn(
    conversation,
    new Identity(5n),
    { credentials, software: { name: 'test', version: '1' }, deadlineMs: DEADLINE_MS },
    clock,
  );
  await clock.settle();
  return { broker, clock, outcome };
}

test('a login that is accepted tells its session', async () => {
  const { broker, outcome } = await dialed(password);
  expect(await outcome).toEqual({ kind: 'in', session: 77n, serverVersion: '0.9.0' });
  expect(broker.logins.map(({ header }) => header)).toMatchObject([
    { client: 5n, request: 0n, session: 0n, operation: 1 },
  ]);
});

test('a token logs in in the shape of a token', async () => {
  const { broker, outcome } = await dialed({ token: 'abc+/=' });
  await outcome;
  const [login] = broker.logins;
  expect(login?.body.includes('\u0006abc+/=\0\0\0\0')).toBe(true);
});

test('a broker that asks for patience gets the identical frame again', async () => {
  const answers = [STATUS.TransientNotAccepted, STATUS.TransientNotCommitted];
  const { broker, clock, outcome } = await dialed(password, (login) => {
    const code = answers.shift();
    if (code === undefined) broker.logIn(login);
    else login.reject(code);
  });
  await clock.advance(100);
  expect(await outcome).toMatchObject({ kind: 'in' });
  expect(broker.logins).toHaveLength(3);
  expect(new Set(broker.logins.map(({ bytes }) => bytes.toString('hex'))).size).toBe(1);
});

test('patience ends at the deadline, resent frames included', async () => {
  const { broker, clock, outcome } = await dialed(password, (login) => {
    login.reject(STATUS.TransientNotAccepted);
  });
  await clock.advance(DEADLINE_MS);
  expect(await outcome).toMatchObject({ kind: 'out', loss: { permanent: false } });
  expect(broker.logins).toHaveLength(20);
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  ['a code for wrong credentials', STATUS.InvalidCredentials, true],
  ['a code that may pass', STATUS.TooManyStreams, false],
])('%s is told from the other kind', async (_, code, permanent) => {
  const { outcome } = await dialed(password, (login) => login.reject(code));
  expect(await outcome).toMatchObject({ kind: 'out', loss: { permanent } });
});

test('an eviction is what the broker has to say', async () => {
  const { outcome } = await dialed(password, (login) =>
    login.evict(EvictionReason.InvalidCredentials),
  );
  expect(await outcome).toMatchObject({ kind: 'out', loss: { permanent: true } });
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['half a result section', Buffer.of(1, 0, 0)],
  ['half a login reply', Buffer.alloc(7)],
])('a login answered with %s is hopeless', async (_, body) => {
  const { outcome } = await dialed(password, (login) => {
    login.link.send(login.reply(0, 1, body));
  });
  expect(await outcome).toMatchObject({ kind: 'out', loss: { permanent: true } });
});

test('a login without a session is no login', async () => {
  const { outcome } = await dialed(password, (login) =>
    login.accept(commands.login, {
      userId: 0,
      session: 0n,
      serverProtocolVersion: PROTOCOL_VERSION,
      serverVersion: 'x',
    }),
  );
  expect(await outcome).toMatchObject({ kind: 'out' });
});

test('credentials that do not fit are not sent, and not shown', async () => {
  const { broker, outcome } = await dialed({ username: 'u', password: 'very-secret'.repeat(30) });
  const result = await outcome;
  expect(result).toMatchObject({ kind: 'out', loss: { permanent: true } });
  expect(broker.logins).toEqual([]);
  expect(result.kind === 'out' ? result.loss.error.message : '').not.toContain('very-secret');
});
