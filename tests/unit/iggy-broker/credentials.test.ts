import { expect, test } from 'vitest';

import { commands, EvictionReason, STATUS } from '../../../src/iggy-protocol/index.ts';
import { named, resultOf, ROOT } from '../../support/broker-client.ts';
import { SlowLogins } from './support/slow-logins.ts';
import { PASSWORD } from './support/with-users.ts';

const WRONG = `evicted ${EvictionReason.InvalidCredentials}`;

test('a thousand clients that come at once cost one hash, and a thousand more none', () => {
  const slow = new SlowLogins({ limits: { passwordHashesQueuedMax: 1 } });
  const clients = Array.from({ length: 1000 }, () => slow.login());
  expect(slow.hashes).toBe(1);
  expect(new Set(clients.map((client) => slow.outcomeOf(client)))).toEqual(new Set(['waiting']));
  slow.passwords.finishAll();
  expect(new Set(clients.map((client) => slow.outcomeOf(client)))).toEqual(new Set(['user 1']));
  for (const { id } of clients) slow.users.broker.core.disconnect(id);

  const again = Array.from({ length: 1000 }, () => slow.login());
  expect(new Set(again.map((client) => slow.outcomeOf(client)))).toEqual(new Set(['user 1']));
  expect(slow.hashes).toBe(1);
});

test('what is wrong takes a hash, whatever it is, unless it is no password at all', () => {
  const slow = new SlowLogins();
  const attempts = [
    ['ada', 'wrong'],
    ['nobody', PASSWORD],
    [ROOT.username, 'wrong'],
    // Also when it was wrong just before.
    ['ada', 'wrong'],
    ['nobody', PASSWORD],
  ] as const;
  for (const [index, [username, password]] of attempts.entries()) {
    const client = slow.login(username, password);
    expect(slow.outcomeOf(client)).toBe('waiting');
    expect(slow.hashes).toBe(index + 1);
    slow.passwords.finishAll();
    expect(slow.outcomeOf(client)).toBe(WRONG);
  }
  const tooLong = ['x'.repeat(51), 'x'.repeat(101)] as const;
  for (const [username, password] of [['ad', PASSWORD], ['ada', 'se'], tooLong] as const) {
    expect(slow.outcomeOf(slow.login(username, password))).toBe(WRONG);
  }
  expect(slow.hashes).toBe(attempts.length);
});

test('two names, and two passwords, that are tried at once do not share an answer', () => {
  const slow = new SlowLogins();
  const right = slow.login();
  const others = [slow.login('ada', 'wrong'), slow.login('eve'), slow.login('joe')];
  expect(slow.passwords.asked).toHaveLength(2);
  slow.passwords.finishAll();
  expect(slow.passwords.asked).toHaveLength(4);
  expect(slow.outcomeOf(right)).toBe('user 1');
  for (const client of others) expect(slow.outcomeOf(client)).toBe(WRONG);
});

test('root as configured is let in without a hash', () => {
  const slow = new SlowLogins();
  expect(slow.outcomeOf(slow.login(ROOT.username, ROOT.password))).toBe('user 0');
  expect(slow.hashes).toBe(0);
});

test('a password that was changed, or whose user was deleted, while it was verified is wrong', () => {
  const slow = new SlowLogins({ limits: { passwordHashesAtOnceMax: 4 } });
  const { root } = slow.users;
  const early = slow.login();
  // Under another name its password is verified once more, and that answer comes first.
  const rename = { user: named('ada'), username: 'eve', status: null, options: [] };
  slow.send(root, root.identity.frame(commands.updateUser, rename));
  const change = { user: named('eve'), current: PASSWORD, new: 'new' };
  slow.send(root, root.identity.frame(commands.changePassword, change));
  slow.passwords.finishOne(1);
  slow.passwords.finishOne(1);
  expect(slow.answersTo(root)).toHaveLength(2);
  slow.passwords.finishOne();
  expect(slow.outcomeOf(early)).toBe(WRONG);

  const late = slow.login('eve', 'new');
  root.done(commands.deleteUser, { user: named('eve') });
  slow.passwords.finishAll();
  expect(slow.outcomeOf(late)).toBe(WRONG);
});

test('the old password is not remembered once there is a new one', () => {
  const slow = new SlowLogins();
  const { root } = slow.users;
  const change = { user: named('ada'), current: PASSWORD, new: 'new' };
  // Both wait for the same answer.
  slow.send(root, root.identity.frame(commands.changePassword, change));
  const early = slow.login();
  slow.passwords.finishOne();
  expect(slow.outcomeOf(early)).toBe('user 1');
  slow.passwords.finishAll();
  expect(slow.answersTo(root)).toHaveLength(1);
  const late = slow.login();
  expect(slow.outcomeOf(late)).toBe('waiting');
  slow.passwords.finishAll();
  expect(slow.outcomeOf(late)).toBe(WRONG);
});

test('a user that is deleted while its new password is hashed stays deleted', () => {
  const slow = new SlowLogins();
  const { broker, root } = slow.users;
  const other = broker.client();
  const user = named('ada');
  const change = { user, current: PASSWORD, new: 'new' };
  slow.send(root, root.identity.frame(commands.changePassword, change));
  slow.passwords.finishOne();
  other.done(commands.deleteUser, { user });
  slow.passwords.finishAll();
  const [answer] = slow.answersTo(root);
  expect(resultOf(commands.changePassword, answer)).toEqual({
    ok: false,
    code: STATUS.ResourceNotFound,
  });
  expect(broker.storage.load().users).toEqual([]);
});
