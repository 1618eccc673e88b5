import { describe, expect, onTestFinished, test } from 'vitest';

import { SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import { named, resultOf, ROOT } from '../../support/broker-client.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { RetentionBroker, TARGET, u64 } from '../../support/retention-broker.ts';
import { SlowPasswords } from '../../support/slow-passwords.ts';
import { InProcessBroker } from '../../support/start-broker.ts';
import { newUser } from './support/with-users.ts';

const SQLITE_IOERR_FSYNC = 1034;
const REFUSED = { ok: false, code: STATUS.TransientNotAccepted };

function onFaultyDisk() {
  const database = new FaultyDatabase();
  const storage = new SqliteStorage(database, 'test');
  onTestFinished(() => storage.close());
  return { database, storage };
}

/** From now on nothing gets to the disk. */
function failCommits(database: FaultyDatabase): void {
  database.writesFail = false;
  database.failAfter = 0;
}

describe('root that is configured anew while nothing can be written', () => {
  test.each([
    ['commits fail', false],
    ['writes fail', true],
  ])('is as configured, and logs in: %s', (_, writesFail) => {
    const { database, storage } = onFaultyDisk();
    const current = { user: named(ROOT.username), current: ROOT.password, new: 'changed' };
    new InProcessBroker({ storage }).client().done(commands.changePassword, current);
    const root = { ...ROOT, password: 'configured anew' };
    const again = new InProcessBroker({ storage, root });
    failCommits(database);
    database.writesFail = writesFail;
    const client = again.connect();
    const login = resultOf(commands.login, client.answer(client.identity.login(root)));
    expect(login).toMatchObject({ ok: true });
    expect(again.storage.room).toBe('none');
  });
});

test('a commit of which nobody knows whether it is on the disk ends the broker, and answers nobody', () => {
  const { database, storage } = onFaultyDisk();
  const broker = new InProcessBroker({ storage });
  const client = broker.client();
  failCommits(database);
  database.errcode = SQLITE_IOERR_FSYNC;
  const frame = client.identity.frame(commands.createStream, { name: 's', options: [] });
  broker.core.receive(client.id, frame);
  expect(() => broker.core.commit()).toThrow(
    expect.objectContaining({ errcode: SQLITE_IOERR_FSYNC }),
  );
  expect(database.failures).toBe(1);
});

describe('a failure outside of a group', () => {
  /** With something to sweep, and with somebody whose new password is being hashed. */
  function withWaiting(isFollowed: boolean) {
    const { database, storage } = onFaultyDisk();
    const passwords = new SlowPasswords();
    const topic = new RetentionBroker({ storage, passwords });
    topic.createTopic(1, u64('message_expiry', 1000n)).send(0, 'a');
    topic.client.done(commands.createStream, { name: 'other', options: [] });
    const { core } = topic.broker;
    const progressed: number[] = [];
    core.onProgress((id) => progressed.push(id));
    const client = topic.broker.client();
    const frames = [client.identity.frame(commands.createUser, newUser('eve'))];
    const deletion = client.identity.frame(commands.deleteStream, { stream: named('other') });
    if (isFollowed) frames.push(deletion);
    core.receive(client.id, Buffer.concat(frames));
    expect(core.commit()).toEqual([]);
    topic.broker.nowMicros += 5000n;
    database.failAfter = 0;
    database.failuresMax = 1;
    return { core, client, progressed };
  }

  test('tells of those whom it has answered, for somebody to commit', () => {
    const { core, client, progressed } = withWaiting(false);
    expect(core.sweep()).toBe(true);
    expect(progressed).toEqual([client.id]);
    expect(core.commit()).toMatchObject([{ connectionId: client.id }]);
    expect(core.hasPending).toBe(false);
  });

  test('leaves the group that comes of it to be committed first', () => {
    const { core, client } = withWaiting(true);
    expect(core.sweep()).toBe(true);
    expect(core.commit()).toMatchObject([{ connectionId: client.id }, { connectionId: client.id }]);
    while (core.sweep());
    expect(core.hasPending).toBe(false);
  });
});

test('while nothing can be written a read is answered, whoever hangs up in its group', () => {
  const { database, storage } = onFaultyDisk();
  const broker = new InProcessBroker({ storage });
  const [writer, leaver, reader] = [broker.client(), broker.client(), broker.client()];
  writer.done(commands.createStream, { name: 's', options: [] });
  leaver.done(commands.createStream, { name: 'other', options: [] });
  failCommits(database);
  expect(writer.call(commands.deleteStream, { stream: named('s') })).toEqual(REFUSED);
  const frame = reader.identity.frame(commands.getStreams, {});
  broker.core.receive(reader.id, frame);
  broker.core.disconnect(leaver.id);
  const [answer] = broker.core.commit();
  if (answer === undefined || 'close' in answer) throw new Error('there is no answer');
  expect(resultOf(commands.getStreams, answer.bytes)).toMatchObject({ ok: true });
});

describe('membership of a group that could not be changed', () => {
  const GROUP = { ...TARGET, group: named('g') };

  function withGroup() {
    const { database, storage } = onFaultyDisk();
    const topic = new RetentionBroker({ storage }).createTopic(2);
    const { broker, client } = topic;
    client.done(commands.createConsumerGroup, { ...TARGET, name: 'g' });
    const members = () => client.done(commands.getConsumerGroup, GROUP)?.members;
    return { database, members, other: broker.client() };
  }

  test('who was refused to join is no member', () => {
    const { database, members, other } = withGroup();
    failCommits(database);
    expect(other.call(commands.joinConsumerGroup, GROUP)).toEqual(REFUSED);
    expect(members()).toEqual([]);
  });

  test('who was refused to leave still is one', () => {
    const { database, members, other } = withGroup();
    other.done(commands.joinConsumerGroup, GROUP);
    failCommits(database);
    expect(other.call(commands.leaveConsumerGroup, GROUP)).toEqual(REFUSED);
    expect(members()).toHaveLength(1);
  });
});
