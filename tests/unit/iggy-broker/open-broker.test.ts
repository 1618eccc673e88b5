import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { argon2Passwords } from '../../../src/iggy-broker/argon2.ts';
import { DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { openBroker } from '../../../src/iggy-broker/open-broker.ts';
import { openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import { commands } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, ROOT } from '../../support/broker-client.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

test('what was started is stopped: no timer, no socket, no lock is left', async () => {
  const clock = new FakeClock();
  const dataDirectory = temporaryDirectory();
  const settings = {
    host: '127.0.0.1',
    port: 0,
    dataDirectory,
    root: ROOT,
    limits: DEFAULT_LIMITS,
  };
  for (let started = 0; started < 2; started += 1) {
    const broker = await openBroker(settings, clock);
    const client = await (await SocketClient.connect(broker.port)).logIn();
    expect(clock.pendingTimers).toBe(2);
    expect((await client.call(commands.getStreams, {})).ok).toBe(true);
    await broker.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(await client.next()).toBeUndefined();
  }
});

test('what a start changes is stored before anybody comes', async () => {
  const dataDirectory = temporaryDirectory();
  const storage = openStorage(dataDirectory);
  const configured = await new Promise<string>((done) => argon2Passwords.hash('before', done));
  const row = { id: 0, createdAtMicros: 1n, status: 1, password: null, permissions: null };
  storage.putUser({ ...row, name: 'renamed', configured });
  storage.commit();
  storage.close();
  const settings = {
    host: '127.0.0.1',
    port: 0,
    dataDirectory,
    root: ROOT,
    limits: DEFAULT_LIMITS,
  };
  const broker = await openBroker(settings, new FakeClock());
  const database = new DatabaseSync(path.join(dataDirectory, 'broker.db'), { timeout: 0 });
  expect(database.prepare('SELECT id FROM users').all()).toEqual([]);
  database.exec('BEGIN IMMEDIATE; ROLLBACK');
  database.close();
  await broker.stop();
});

test('a peer that takes nothing does not hold up the end for longer than the grace', async () => {
  const clock = new FakeClock();
  const settings = {
    host: '127.0.0.1',
    port: 0,
    dataDirectory: ':memory:',
    root: ROOT,
    limits: DEFAULT_LIMITS,
  };
  const broker = await openBroker(settings, clock);
  const client = await (await SocketClient.connect(broker.port)).logIn();
  await client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
  await client.done(commands.createTopic, topic);
  const target = { stream: named('s'), topic: named('t') };
  await client.done(commands.sendMessages, {
    ...target,
    partitioning: { kind: 'balanced' },
    messagesCount: 1,
    // Far more than the kernel keeps for somebody who does not read.
    batch: batchOf('x'.repeat(32 << 20)),
  });
  client.socket.pause();
  const poll = client.identity.frame(commands.pollMessages, {
    ...target,
    consumer: { kind: 'consumer', id: numbered(1) },
    partition: 0,
    strategy: { kind: 'first', value: 0n },
    count: 1,
    autoCommit: false,
  });
  client.socket.write(poll);
  const other = await (await SocketClient.connect(broker.port, 2n)).logIn();
  await other.done(commands.ping, {});

  let stopped = false;
  const stopping = broker.stop().then(() => (stopped = true));
  await clock.advance(999);
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stopping;
});
