import { describe, expect, onTestFinished, test } from 'vitest';

import { DiskRoom } from '../../../src/iggy-broker/disk-room.ts';
import type { Outgoing } from '../../../src/iggy-broker/core.ts';
import { SqliteStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands, readRecords, STATUS } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, resultOf } from '../../support/broker-client.ts';
import { FaultyDatabase } from '../../support/faulty-database.ts';
import { plainPasswords } from '../../support/plain-passwords.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

const TARGET = { stream: named('s') };

function bytesOf(outgoing: Outgoing): Buffer {
  if ('close' in outgoing) throw new Error(outgoing.close);
  return outgoing.bytes;
}

/** A broker on a disk that can be made to fail, with the topic `t` of two partitions. */
function withTopic(passwords = plainPasswords) {
  const database = new FaultyDatabase();
  let freeBytes = 100;
  const room = new DiskRoom(() => ({ freeBytes, totalBytes: 1000 }), 50);
  const broker = new InProcessBroker({
    storage: new SqliteStorage(database, 'test', room),
    passwords,
  });
  onTestFinished(() => broker.storage.close());
  const client = broker.client();
  client.done(commands.createStream, { name: 's', options: [] });
  client.done(commands.createTopic, { ...TARGET, name: 't', partitionsCount: 2, options: [] });
  return {
    broker,
    client,
    database,
    freeUp: (bytes: number) => {
      freeBytes = bytes;
      while (broker.core.sweep());
    },
  };
}

const T = { ...TARGET, topic: named('t') };
const REFUSED = { ok: false, code: STATUS.TransientNotAccepted };

function createStream(client: InProcessClient, name: string): Buffer {
  return client.identity.frame(commands.createStream, { name, options: [] });
}

function send(client: InProcessClient, text = 'text') {
  const partitioning = { kind: 'partition_id', partition: 0, value: 0 } as const;
  const request = { ...T, partitioning, messagesCount: 1, batch: batchOf(text) };
  return client.call(commands.sendMessages, request);
}

describe('while the disk is nearly full', () => {
  test('nothing is added; reading, committing and deleting go on', () => {
    const { client, freeUp } = withTopic();
    send(client);
    freeUp(49);
    expect(send(client)).toEqual(REFUSED);
    const stream = { name: 'other', options: [] };
    expect(client.call(commands.createStream, stream)).toEqual(REFUSED);
    const strategy = { kind: 'next', value: 0n } as const;
    const poll = {
      ...T,
      consumer: { kind: 'consumer', id: numbered(1) } as const,
      partition: 0,
      count: 10,
      strategy,
      autoCommit: true,
    };
    expect(client.done(commands.pollMessages, poll).messagesCount).toBe(1);
    expect(client.done(commands.pollMessages, poll).messagesCount).toBe(0);
    client.done(commands.deleteTopic, T);
  });

  test('it takes more than a little to be believed again', () => {
    const { client, freeUp } = withTopic();
    freeUp(49);
    freeUp(99);
    expect(send(client)).toEqual(REFUSED);
    freeUp(100);
    expect(send(client)).toMatchObject({ ok: true });
    freeUp(50);
    expect(send(client)).toMatchObject({ ok: true });
  });
});

describe('after a failed write', () => {
  test('a request that was refused may come again, under the same number', () => {
    const { client, database, freeUp } = withTopic();
    const partitioning = { kind: 'partition_id', partition: 0, value: 0 } as const;
    const request = { ...T, partitioning, messagesCount: 1, batch: batchOf('once') };
    const frame = client.identity.frame(commands.sendMessages, request);
    const create = client.identity.frame(commands.createStream, { name: 'other', options: [] });
    database.failAfter = 0;
    expect(resultOf(commands.sendMessages, client.answer(frame))).toEqual(REFUSED);
    expect(resultOf(commands.createStream, client.answer(create))).toEqual(REFUSED);
    database.failAfter = Number.POSITIVE_INFINITY;
    freeUp(100);
    const again = resultOf(commands.sendMessages, client.answer(frame));
    expect(again).toMatchObject({ value: { confirmations: [{ baseOffset: 0n }] } });
    expect(resultOf(commands.createStream, client.answer(create))).toMatchObject({ ok: true });
  });

  test('writing starts again only once something could be written', () => {
    const { client, database, freeUp } = withTopic();
    database.failAfter = 0;
    expect(send(client)).toEqual(REFUSED);
    freeUp(100);
    expect(send(client)).toEqual(REFUSED);
    const failures = database.failures;
    // Refused without an attempt.
    expect(send(client)).toEqual(REFUSED);
    expect(database.failures).toBe(failures);
    database.failAfter = Number.POSITIVE_INFINITY;
    expect(send(client)).toEqual(REFUSED);
    freeUp(100);
    expect(send(client)).toMatchObject({ ok: true });
  });

  describe('polls serve nothing of its group, though polls in the group have read it', () => {
    const topicOf = (name: string) => ({ ...TARGET, topic: named(name) });
    const sendOf = (name: string, ...texts: string[]) => ({
      ...topicOf(name),
      partitioning: { kind: 'partition_id', value: 0 } as const,
      messagesCount: texts.length,
      batch: batchOf(...texts),
    });
    const pageOf = (name: string, offset: bigint) => ({
      ...topicOf(name),
      consumer: { kind: 'consumer', id: numbered(1) } as const,
      partition: 0,
      count: 1,
      strategy: { kind: 'offset', value: offset } as const,
      autoCommit: false,
    });

    test.each([
      ['in a partition that stays, when the commit fails', 't', false],
      ['in a partition that stays, when a write fails', 't', true],
      // The next partition gets the key that this one had.
      ['in a partition that came with the group, when the commit fails', 'new', false],
      ['in a partition that came with the group, when a write fails', 'new', true],
    ])('%s', (_, name, writesFail) => {
      const { broker, client, database, freeUp } = withTopic();
      const creation = (topic: string) => ({
        ...TARGET,
        name: topic,
        partitionsCount: 1,
        options: [],
      });
      const pages = (topic: string) =>
        [0n, 1n].flatMap((offset) => {
          const { records } = client.done(commands.pollMessages, pageOf(topic, offset));
          return readRecords(records).map(({ payload }) => payload.toString());
        });
      const { identity } = client;
      const asked = [
        ...(name === 'new' ? [identity.frame(commands.createTopic, creation('new'))] : []),
        identity.frame(commands.sendMessages, sendOf(name, 'lost', 'gone')),
        identity.frame(commands.pollMessages, pageOf(name, 0n)),
      ];
      broker.core.receive(client.id, Buffer.concat(asked));
      Object.assign(database, { failAfter: 0, failuresMax: 1, writesFail });
      broker.core.receive(client.id, createStream(client, 'other'));
      const [...answers] = broker.core.commit();
      broker.core.resume(client.id);
      expect(answers).toHaveLength(asked.length + 1);
      expect(database.failures).toBe(1);
      freeUp(100);

      const again = name === 'new' ? 'again' : 't';
      if (name === 'new') client.done(commands.createTopic, creation(again));
      expect(pages(again)).toEqual([]);
      client.done(commands.sendMessages, sendOf(again, 'kept', 'too'));
      expect(pages(again)).toEqual(['kept', 'too']);
      expect(pages(again)).toEqual(['kept', 'too']);
    });
  });

  test('sessions go on, and so do the members of a group, each with what it had', () => {
    const { broker, client, database } = withTopic();
    const group = { ...T, group: named('g') };
    client.done(commands.createConsumerGroup, { ...T, name: 'g' });
    const members = [client, broker.client()];
    for (const member of members) member.done(commands.joinConsumerGroup, group);
    const membersOf = () => client.done(commands.getConsumerGroup, group)?.members;
    const before = membersOf();
    expect(before).toHaveLength(2);
    database.failAfter = 0;
    expect(send(client)).toEqual(REFUSED);
    expect(membersOf()).toEqual(before);
  });

  test('logging in and out in the same group is as if nothing had failed', () => {
    const { broker, client, database } = withTopic();
    const [comes, goes] = [broker.connect(), broker.client()];
    database.failAfter = 0;
    broker.core.receive(comes.id, comes.identity.login());
    broker.core.receive(goes.id, goes.identity.frame(commands.getStreams, {}));
    broker.core.receive(goes.id, goes.identity.frame(commands.logout, {}));
    broker.core.receive(client.id, createStream(client, 'more'));
    const answers = broker.core.commit();
    const told = (id: number) => answers.filter((it) => it.connectionId === id).map(bytesOf);
    expect(resultOf(commands.createStream, told(client.id)[0])).toEqual(REFUSED);
    const [streams, bye] = told(goes.id);
    expect(resultOf(commands.getStreams, streams)).toMatchObject({ ok: true });
    expect(resultOf(commands.logout, bye)).toMatchObject({ ok: true });
    expect(goes.call(commands.getStreams, {})).toMatchObject({ code: STATUS.Unauthenticated });
    const login = resultOf(commands.login, told(comes.id)[0]);
    comes.identity.session = login.ok ? login.value.session : 0n;
    expect(comes.call(commands.getStreams, {})).toMatchObject({ ok: true });
  });

  test('who was gone before the failure is not logged in by it', () => {
    const { broker, client, database } = withTopic();
    const [gone, group] = [broker.connect(5n), { ...T, group: named('g') }];
    client.done(commands.createConsumerGroup, { ...T, name: 'g' });
    database.failAfter = 0;
    broker.core.receive(gone.id, gone.identity.login());
    gone.identity.session = 1n;
    broker.core.receive(gone.id, gone.identity.frame(commands.joinConsumerGroup, group));
    broker.core.disconnect(gone.id);
    expect(send(client)).toEqual(REFUSED);
    expect(client.done(commands.getConsumerGroup, group)?.members).toEqual([]);
    const { clients } = client.done(commands.getClients, {});
    expect(clients).toHaveLength(1);
  });

  test('a login that waits for its password starts again, and counts', () => {
    const waiting: (() => void)[] = [];
    const { broker, client, database } = withTopic({
      ...plainPasswords,
      verify: (stored, password, done) => waiting.push(() => done(stored === `plain ${password}`)),
    });
    const ada = { username: 'ada', password: 'secret' };
    const user = { ...ada, status: 1, permissions: null, options: [] };
    client.done(commands.createUser, user);
    const late = broker.connect();
    broker.core.receive(late.id, late.identity.login(ada));
    database.failAfter = 0;
    expect(send(client)).toEqual(REFUSED);
    expect(broker.core.isIdle(late.id)).toBe(false);
    // Also of the first attempt, which nobody waits for any more.
    while (waiting.length > 0) waiting.shift()?.();
    const [told, ...more] = broker.core.commit().map(bytesOf);
    const login = resultOf(commands.login, told);
    expect(more).toEqual([]);
    late.identity.session = login.ok ? login.value.session : 0n;
    expect(late.call(commands.getPersonalAccessTokens, {})).toMatchObject({ ok: true });
  });
});
