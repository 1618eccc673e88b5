import { expect, test } from 'vitest';

import { commands, decodeServerFrame, STATUS } from '../../../src/iggy-protocol/index.ts';
import { named, resultOf } from '../../support/broker-client.ts';
import { globally } from '../../support/permissions.ts';
import { SlowLogins } from './support/slow-logins.ts';
import { newUser, PASSWORD } from './support/with-users.ts';

const CLIENT_ID_BYTES = 16;

test('what a connection sends behind a login waits for it, and what others send does not', () => {
  const slow = new SlowLogins();
  const { broker, root } = slow.users;
  const client = slow.login();
  expect(broker.core.isIdle(client.id)).toBe(false);
  slow.send(client, client.identity.frame(commands.getMe, {}));
  slow.send(client, client.identity.frame(commands.ping, {}));
  expect(slow.answersTo(client)).toEqual([]);
  expect(broker.core.isIdle(client.id)).toBe(false);
  expect(broker.core.hasPending).toBe(false);

  slow.send(root, root.identity.frame(commands.ping, {}));
  expect(slow.answersTo(root)).toHaveLength(1);
  expect(slow.progressed).toEqual([]);

  slow.passwords.finishOne();
  expect(slow.progressed).toEqual([client.id]);
  expect(broker.core.isIdle(client.id)).toBe(true);
  const [login, me, ping] = slow.answersTo(client).map((frame) => decodeServerFrame(frame));
  expect([login?.header, me?.header, ping?.header]).toMatchObject([
    { operation: 1 },
    { operation: 2, status: 0 },
    { operation: 2, status: 0 },
  ]);
});

test('what waits is held within the same bounds as what has not arrived in full', () => {
  const slow = new SlowLogins({ limits: { frameBytesMax: 4096, receivedBytesMax: 4096 } });
  const client = slow.login();
  for (let count = 0; count < 17; count += 1) {
    slow.send(client, client.identity.frame(commands.ping, {}));
  }
  const closed = slow.users.broker.core.commit();
  expect(closed).toEqual([{ connectionId: client.id, close: expect.any(String) }]);
  // It is not brought back by the answer.
  slow.passwords.finishAll();
  expect(slow.progressed).toEqual([]);
  expect(slow.users.broker.core.hasPending).toBe(false);
});

test('a connection that ends meanwhile is forgotten, and makes room', () => {
  const limits = { passwordHashesAtOnceMax: 1, passwordHashesQueuedMax: 1 };
  const slow = new SlowLogins({ limits });
  const { broker } = slow.users;
  const running = slow.login('ada', 'guess 1');
  const queued = slow.login('ada', 'guess 2');
  expect(slow.outcomeOf(slow.login('ada', 'guess 3'))).toBe(`code ${STATUS.TransientNotAccepted}`);
  broker.core.disconnect(queued.id);
  const next = slow.login();
  expect(slow.hashes).toBe(1);
  broker.core.disconnect(running.id);
  slow.passwords.finishAll();
  expect(slow.outcomeOf(next)).toBe('user 1');
  expect(slow.passwords.asked.map(({ password }) => password)).toEqual(['guess 1', PASSWORD]);
  expect(slow.progressed).toEqual([next.id]);
});

test('so many are hashed at once, so many wait, and one more is told to try again', () => {
  const limits = { passwordHashesAtOnceMax: 2, passwordHashesQueuedMax: 3 };
  const slow = new SlowLogins({ limits });
  const { root } = slow.users;
  const clients = [1, 2, 3, 4, 5].map((guess) => slow.login('ada', `guess ${guess}`));
  expect(slow.passwords.pendingCount).toBe(2);
  const beyond = slow.login();
  expect(slow.outcomeOf(beyond)).toBe(`code ${STATUS.TransientNotAccepted}`);
  const create = root.identity.frame(commands.createUser, newUser('eve'));
  const [refused] = root.exchange(create);
  if (refused === undefined || !('bytes' in refused)) throw new Error('there was no answer');
  expect(resultOf(commands.createUser, refused.bytes)).toEqual({
    ok: false,
    code: STATUS.TransientNotAccepted,
  });

  slow.passwords.finishAll();
  const order = slow.passwords.asked.map(({ password }) => password);
  expect(order).toEqual(['guess 1', 'guess 2', 'guess 3', 'guess 4', 'guess 5']);
  for (const client of clients) expect(slow.outcomeOf(client)).toMatch(/^evicted/);
  // The same frames again: neither the connection nor the number was used up.
  slow.send(beyond, beyond.identity.login({ username: 'ada', password: PASSWORD }));
  slow.send(root, create);
  slow.passwords.finishAll();
  expect(slow.outcomeOf(beyond)).toBe('user 1');
  expect(resultOf(commands.createUser, slow.answersTo(root)[0]).ok).toBe(true);
});

test('who loses its rights, or its id, while a password is hashed gets nothing done', () => {
  const slow = new SlowLogins();
  const { broker, root } = slow.users;
  const user = named('ada');
  const permissions = globally({ manageUsers: true });
  root.done(commands.updatePermissions, { user, permissions });
  const ada = slow.login();
  slow.passwords.finishAll();
  expect(slow.outcomeOf(ada)).toBe('user 1');
  slow.send(ada, ada.identity.frame(commands.createUser, newUser('eve')));
  root.done(commands.updatePermissions, { user, permissions: null });
  slow.passwords.finishAll();
  const [refused] = slow.answersTo(ada);
  expect(resultOf(commands.createUser, refused)).toEqual({ ok: false, code: STATUS.Unauthorized });

  root.done(commands.updatePermissions, { user, permissions });
  slow.send(ada, ada.identity.frame(commands.createUser, newUser('eve')));
  const other = broker.connect(ada.identity.clientId);
  slow.send(other, other.identity.login({ username: 'ada', password: PASSWORD }));
  expect(slow.outcomeOf(other)).toBe('user 1');
  slow.passwords.finishAll();
  const [evicted] = slow.answersTo(ada);
  expect(evicted?.subarray(128, 128 + CLIENT_ID_BYTES)).toHaveLength(CLIENT_ID_BYTES);
  expect(evicted && decodeServerFrame(evicted).kind).toBe('eviction');
  expect(root.done(commands.getUser, { user: named('eve') })).toBeNull();
});

test('a request that took its time is done once, however often it is sent', () => {
  const slow = new SlowLogins();
  const { root } = slow.users;
  const frame = root.identity.frame(commands.createUser, newUser('eve'));
  slow.send(root, frame);
  slow.send(root, frame);
  slow.passwords.finishAll();
  const [first, second, ...more] = slow.answersTo(root);
  expect(more).toEqual([]);
  expect(first).toEqual(second);
  expect(resultOf(commands.createUser, first).ok).toBe(true);
});

test('a login that waits is counted by its size, whoever sends it', () => {
  const slow = new SlowLogins({ limits: { frameBytesMax: 65_536, receivedBytesMax: 65_536 } });
  const { broker } = slow.users;
  for (let count = 0; count < 10; count += 1) {
    const client = broker.connect();
    const credentials = { username: 'ada', password: `guess ${count}` };
    const about = { protocolVersion: 11_264, sdkName: 't', sdkVersion: '1' };
    const login = { ...about, ...credentials, context: 'x'.repeat(60_000) };
    slow.send(client, client.identity.frame(commands.login, login));
  }
  expect(broker.core.commit().filter((outgoing) => 'close' in outgoing)).toHaveLength(9);
});

test('of two changes under one old password only the first is done', () => {
  const slow = new SlowLogins();
  const owner = slow.login();
  slow.passwords.finishAll();
  slow.outcomeOf(owner);
  const thief = slow.login();
  slow.outcomeOf(thief);
  const change = (to: string) => ({ user: named('ada'), current: PASSWORD, new: to });
  slow.send(thief, thief.identity.frame(commands.changePassword, change('stolen')));
  slow.send(owner, owner.identity.frame(commands.changePassword, change('rotated')));
  slow.passwords.finishOne(1);
  expect(resultOf(commands.changePassword, slow.answersTo(owner)[0]).ok).toBe(true);
  slow.passwords.finishAll();
  expect(resultOf(commands.changePassword, slow.answersTo(thief)[0]).ok).toBe(false);
});
