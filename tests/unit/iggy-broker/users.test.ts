import { expect, test } from 'vitest';

import { BrokerStartError } from '../../../src/iggy-broker/start-error.ts';
import { commands, EvictionReason, STATUS } from '../../../src/iggy-protocol/index.ts';
import { named, numbered, ROOT, serverFrame } from '../../support/broker-client.ts';
import { globally, onStream, onTopic } from '../../support/permissions.ts';
import { plainPasswords } from '../../support/plain-passwords.ts';
import { InProcessBroker } from '../../support/start-broker.ts';
import { newUser, PASSWORD, WithUsers } from './support/with-users.ts';

const refused = (code: number) => ({ ok: false, code });

function loginOf(broker: InProcessBroker, username: string, password: string): number | 'evicted' {
  const client = broker.connect();
  const frame = serverFrame(client.answer(client.identity.login({ username, password })));
  if (frame.kind !== 'eviction') return frame.body.readUInt32LE(4);
  expect(frame.header.reason).toBe(EvictionReason.InvalidCredentials);
  return 'evicted';
}

test('a user is told as it was made, and logs in as itself', () => {
  const users = new WithUsers();
  const permissions = globally({ sendMessages: true }, [
    onStream(3, { readTopics: true, topics: [onTopic(0, { manageTopic: true })] }),
    onStream(1, {}),
  ]);
  const user = { id: 1, createdAt: users.broker.nowMicros, username: 'ada', options: [] };
  const details = { user: { ...user, status: 1 }, permissions };
  expect(users.create('ada', permissions)).toEqual(details);
  expect(users.root.done(commands.getUser, { user: named('ada') })).toEqual(details);
  expect(users.root.done(commands.getUser, { user: numbered(1) })).toEqual(details);
  // What is no status is the usual one.
  expect(users.create('eve', null, 7).user).toMatchObject({ id: 2, status: 1 });
  const listed = users.root.done(commands.getUsers, {}).users;
  expect(listed.map(({ username }) => username)).toEqual(['iggy', 'ada', 'eve']);

  const ada = users.client('ada');
  expect(ada.done(commands.getMe, {}).client.userId).toBe(1);
  const clients = users.root.done(commands.getClients, {}).clients;
  expect(clients.map(({ userId }) => userId)).toEqual([0, 1]);
});

test('names have their lengths in bytes, and belong to one user', () => {
  const users = new WithUsers();
  users.create('ada');
  const create = (name: string) => users.root.call(commands.createUser, newUser(name));
  const rename = (username: string) =>
    users.root.call(commands.updateUser, {
      user: named('ada'),
      username,
      status: null,
      options: [],
    });
  for (const name of ['ab', 'ż'.repeat(26)]) {
    expect(create(name)).toEqual(refused(STATUS.InvalidUsername));
    expect(rename(name)).toEqual(refused(STATUS.InvalidUsername));
  }
  expect(create('x'.repeat(50)).ok).toBe(true);
  for (const name of ['iggy', 'x'.repeat(50)]) {
    expect(create(name)).toEqual(refused(STATUS.UserAlreadyExists));
    expect(rename(name)).toEqual(refused(STATUS.UserAlreadyExists));
  }
  expect(rename('ada').ok).toBe(true);
  expect(rename('lovelace').ok).toBe(true);
  expect(create('ada').ok).toBe(true);
  expect(loginOf(users.broker, 'lovelace', PASSWORD)).toBe(1);
});

test('what is not there, and options, are refused', () => {
  const { root } = new WithUsers();
  const user = named('nobody');
  const missing = refused(STATUS.ResourceNotFound);
  const options = [{ key: 'a', kind: 2, value: Buffer.from('b') }];
  const update = { user, username: null, status: 1, options: [] };
  expect(root.done(commands.getUser, { user })).toBeNull();
  expect(root.call(commands.deleteUser, { user })).toEqual(missing);
  expect(root.call(commands.updateUser, update)).toEqual(missing);
  expect(root.call(commands.updatePermissions, { user, permissions: null })).toEqual(missing);
  expect(root.call(commands.changePassword, { user, current: 'a', new: 'b' })).toEqual(missing);
  expect(root.call(commands.createUser, { ...newUser('ada'), options })).toEqual(
    refused(STATUS.UnsupportedOptionKey),
  );
  expect(root.call(commands.updateUser, { ...update, options })).toEqual(
    refused(STATUS.UnsupportedOptionKey),
  );
});

test('a password is changed by whoever knows it', () => {
  const users = new WithUsers();
  users.create('ada');
  const ada = users.client('ada');
  const change = (current: string, next: string) => ({ user: named('ada'), current, new: next });
  expect(ada.call(commands.changePassword, change('wrong', 'new'))).toEqual(
    refused(STATUS.InvalidCredentials),
  );
  expect(users.root.call(commands.changePassword, change('wrong', 'new'))).toEqual(
    refused(STATUS.InvalidCredentials),
  );
  expect(ada.call(commands.changePassword, change(PASSWORD, 'new')).ok).toBe(true);
  // Also where the old one was remembered as right.
  expect(loginOf(users.broker, 'ada', PASSWORD)).toBe('evicted');
  expect(loginOf(users.broker, 'ada', 'new')).toBe(1);
  expect(loginOf(users.broker, 'ada', 'iggy')).toBe('evicted');
});

test('root stays, and stays allowed everything', () => {
  const { root } = new WithUsers();
  const user = numbered(0);
  expect(root.call(commands.deleteUser, { user })).toEqual(refused(STATUS.CannotDeleteUser));
  expect(root.call(commands.updatePermissions, { user, permissions: null })).toEqual(
    refused(STATUS.CannotChangePermissions),
  );
  expect(root.call(commands.getUsers, {}).ok).toBe(true);
});

test('one user, and one entry of permissions, more than there may be are refused', () => {
  const users = new WithUsers({ limits: { usersMax: 2, permissionEntriesMax: 3 } });
  const two = globally({}, [onStream(1, { topics: [onTopic(1, {})] })]);
  const three = globally({}, [...two.streams, onStream(2, {})]);
  const four = globally({}, [...two.streams, ...two.streams]);
  const create = (name: string, permissions = two) =>
    users.root.call(commands.createUser, newUser(name, permissions));
  expect(create('ada', four)).toEqual(refused(STATUS.InvalidCommand));
  expect(create('ada', three).ok).toBe(true);
  expect(create('eve').ok).toBe(true);
  expect(create('joe')).toEqual(refused(STATUS.UsersLimitReached));
  const update = { user: named('ada'), permissions: four };
  expect(users.root.call(commands.updatePermissions, update)).toEqual(
    refused(STATUS.InvalidCommand),
  );
  users.root.done(commands.deleteUser, { user: named('ada') });
  expect(create('joe').ok).toBe(true);
});

test('users outlive a restart, with everything that is known of them', () => {
  const users = new WithUsers();
  const permissions = globally({ readStreams: true }, [onStream(3, { readTopics: true })]);
  users.create('ada', permissions);
  users.create('eve');
  users.create('joe', null, 2);
  users.root.done(commands.changePassword, { user: named('eve'), current: PASSWORD, new: 'word' });
  users.root.done(commands.deleteUser, { user: named('ada') });
  users.create('ada', permissions);
  users.root.done(commands.updatePermissions, { user: named('eve'), permissions });
  const before = users.root.done(commands.getUsers, {});

  const { storage } = users.broker;
  for (const { password } of storage.load().users) expect(password).not.toBe(PASSWORD);
  const reopened = new WithUsers({ storage });
  expect(reopened.root.done(commands.getUsers, {})).toEqual(before);
  for (const user of [named('ada'), named('eve')]) {
    expect(reopened.root.done(commands.getUser, { user })?.permissions).toEqual(permissions);
  }
  expect(loginOf(reopened.broker, 'ada', PASSWORD)).toBe(1);
  expect(loginOf(reopened.broker, 'eve', 'word')).toBe(2);
  expect(loginOf(reopened.broker, 'joe', PASSWORD)).toBe('evicted');
  expect(reopened.client('eve', 'word').call(commands.getStreams, {}).ok).toBe(true);
});

test('what becomes of root is kept, until the configuration says something else', () => {
  const users = new WithUsers();
  const { root, broker } = users;
  const { storage } = broker;
  expect(storage.load().users).toEqual([]);
  const user = numbered(0);
  root.done(commands.changePassword, { user, current: ROOT.password, new: 'changed' });
  root.done(commands.updateUser, { user, username: 'boss', status: null, options: [] });
  expect(loginOf(broker, 'boss', 'changed')).toBe(0);
  expect(loginOf(broker, 'boss', ROOT.password)).toBe('evicted');

  const same = new InProcessBroker({ storage });
  expect(loginOf(same, 'boss', 'changed')).toBe(0);
  expect(loginOf(same, ROOT.username, ROOT.password)).toBe('evicted');
  const boss = same.client(undefined, { username: 'boss', password: 'changed' });
  boss.done(commands.updateUser, { user, username: null, status: 2, options: [] });
  expect(loginOf(same, 'boss', 'changed')).toBe('evicted');
  expect(loginOf(new InProcessBroker({ storage }), 'boss', 'changed')).toBe('evicted');

  const key = { username: ROOT.username, password: 'new key' };
  const recovered = new InProcessBroker({ storage, root: key });
  expect(loginOf(recovered, 'boss', 'changed')).toBe('evicted');
  expect(loginOf(recovered, key.username, key.password)).toBe(0);
  recovered.core.commit();
  // For good: the old configuration does not bring the change back.
  expect(loginOf(new InProcessBroker({ storage }), ROOT.username, ROOT.password)).toBe(0);
});

test('a renamed root has the configured password still', () => {
  const users = new WithUsers();
  const { storage } = users.broker;
  const update = { user: numbered(0), username: 'boss', status: null, options: [] };
  users.root.done(commands.updateUser, update);
  const asked: string[] = [];
  const passwords = {
    ...plainPasswords,
    verifyNow(stored: string, text: string) {
      asked.push(text);
      return plainPasswords.verifyNow(stored, text);
    },
  };
  expect(loginOf(new InProcessBroker({ storage, passwords }), 'boss', ROOT.password)).toBe(0);
  // A start takes a hash only where root was changed.
  expect(asked).toHaveLength(1);
});

test('a broker whose root has the name of another user does not start', () => {
  const users = new WithUsers();
  users.create('ada');
  const { storage } = users.broker;
  const root = { username: 'ada', password: 'secret' };
  expect(() => new InProcessBroker({ storage, root })).toThrow(BrokerStartError);
});

test('a user’s tokens log it in, while it is active, and go with it', () => {
  const users = new WithUsers();
  users.create('ada');
  const ada = users.client('ada');
  const make = (name: string) =>
    ada.done(commands.createPersonalAccessToken, { name, expiry: 0n }).token;
  const token = make('one');
  const rootsOwn = { name: 'one', expiry: 0n };
  expect(users.root.call(commands.createPersonalAccessToken, rootsOwn).ok).toBe(true);
  expect(ada.done(commands.getPersonalAccessTokens, {}).tokens).toHaveLength(1);

  const outcome = (): number | string => {
    const client = users.broker.connect();
    const frame = serverFrame(client.answer(client.identity.loginWithToken(token)));
    return frame.kind === 'eviction'
      ? `evicted ${frame.header.reason}`
      : frame.body.readUInt32LE(4);
  };
  const setStatus = (status: number) =>
    users.root.done(commands.updateUser, {
      user: named('ada'),
      username: null,
      status,
      options: [],
    });
  expect(outcome()).toBe(1);
  setStatus(2);
  expect(outcome()).toBe(`evicted ${EvictionReason.UserInactive}`);
  setStatus(1);
  expect(outcome()).toBe(1);
  users.root.done(commands.deleteUser, { user: named('ada') });
  expect(users.create('eve').user.id).toBe(1);
  expect(outcome()).toBe(`evicted ${EvictionReason.InvalidToken}`);
  expect(users.broker.storage.load().tokens.map(({ userId }) => userId)).toEqual([0]);
});
