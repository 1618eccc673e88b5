import { expect, test } from 'vitest';

import { commands, STATUS } from '../../../../src/iggy-protocol/index.ts';
import { named, numbered } from '../../../support/broker-client.ts';
import { InProcessBroker } from '../../../support/start-broker.ts';

const refused = (code: number) => ({ ok: false, code });
const NEVER = 0xffff_ffff_ffff_ffffn;

test('the root user may do everything, and there is no other', () => {
  const client = new InProcessBroker().client();
  const root = { id: 0, createdAt: 1n, status: 1, username: 'iggy', options: [] };
  expect(client.done(commands.getUsers, {})).toEqual({ users: [root] });
  for (const user of [named('iggy'), numbered(0)]) {
    const details = client.done(commands.getUser, { user });
    expect(details?.user).toEqual(root);
    expect(Object.values(details?.permissions?.global ?? {})).toEqual(Array(10).fill(true));
  }
  expect(client.done(commands.getUser, { user: named('0') })).toBeNull();
});

test('tokens are made, listed by name without their secret, and deleted', () => {
  const broker = new InProcessBroker();
  const client = broker.client();
  const create = (name: string, expiry: bigint) =>
    client.done(commands.createPersonalAccessToken, { name, expiry }).token;
  const tokens = [create('b', 0n), create('c', NEVER), create('a', 5n)];

  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9+/]{67}=$/);
  expect(new Set(tokens).size).toBe(3);
  expect(client.done(commands.getPersonalAccessTokens, {}).tokens).toEqual([
    { name: 'a', expiryAt: broker.nowMicros + 5n },
    { name: 'b', expiryAt: 0n },
    { name: 'c', expiryAt: 0n },
  ]);
  client.done(commands.deletePersonalAccessToken, { name: 'b' });
  expect(client.call(commands.deletePersonalAccessToken, { name: 'b' })).toEqual(
    refused(STATUS.ResourceNotFound),
  );
});

test('an expired token is listed for a minute more, then forgotten', () => {
  const broker = new InProcessBroker();
  const client = broker.client();
  client.done(commands.createPersonalAccessToken, { name: 'brief', expiry: 1800n });
  const listed = () => client.done(commands.getPersonalAccessTokens, {}).tokens.length;
  broker.nowMicros += 1800n + 59_999_999n;
  expect(listed()).toBe(1);
  broker.nowMicros += 1n;
  expect(listed()).toBe(0);
});

test('a taken name, an impossible date and one token too many are refused', () => {
  const client = new InProcessBroker({ limits: { tokensPerUserMax: 2 } }).client();
  const create = (name: string, expiry = 0n) =>
    client.call(commands.createPersonalAccessToken, { name, expiry });
  expect(create('a').ok).toBe(true);
  expect(create('a')).toEqual(refused(STATUS.PersonalAccessTokenAlreadyExists));
  expect(create('b', NEVER - 1n)).toEqual(refused(STATUS.InvalidPersonalAccessTokenExpiry));
  expect(create('b').ok).toBe(true);
  expect(create('c')).toEqual(refused(STATUS.PersonalAccessTokensLimitReached));
});

test('what is kept of a token is not the token, and it outlives a restart', () => {
  const broker = new InProcessBroker();
  const { token } = broker
    .client()
    .done(commands.createPersonalAccessToken, { name: 'ci', expiry: 0n });
  const [stored] = broker.storage.load().tokens;
  expect(stored).toMatchObject({ userId: 0, name: 'ci', expiresAtMicros: 0n });
  expect(stored?.hash).toHaveLength(32);
  expect(stored?.hash.includes(Buffer.from(token))).toBe(false);

  const reopened = new InProcessBroker({ storage: broker.storage });
  const client = reopened.connect();
  const answer = client.answer(client.identity.loginWithToken(token));
  expect(answer?.readUInt8(60)).toBe(8);
});
