import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, onTestFinished, test } from 'vitest';

import { commands, readRecords } from '../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../support/broker-client.ts';
import { SocketClient } from '../support/socket-client.ts';
import { RestartingBroker, spawnBroker, startBrokerProcess } from '../support/spawn-broker.ts';
import { newDataDir, until } from '../support/spawn-program.ts';

const inMemory = { BROKER_DATA_DIR: ':memory:' };
const TARGET = { stream: named('s'), topic: named('t') };
/** Identities of clients; one that comes back under its id must go on with its numbers. */
const SENDER = 7n;
const READER = 8n;
/** More than the system holds between two sockets. */
const REPLY_BYTES = 32 * 1024 * 1024;

async function loggedIn(port: number, clientId = SENDER): Promise<SocketClient> {
  return (await SocketClient.connect(port, clientId)).logIn();
}

async function createTopic(client: SocketClient): Promise<void> {
  await client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
  await client.done(commands.createTopic, topic);
}

const sendOf = (payload: string) => ({
  ...TARGET,
  partitioning: { kind: 'partition_id', value: 0 } as const,
  messagesCount: 1,
  batch: batchOf(payload),
});

const pollOf = (count: number) => ({
  ...TARGET,
  consumer: { kind: 'consumer', id: numbered(1) } as const,
  partition: 0,
  strategy: { kind: 'first', value: 0n } as const,
  count,
  autoCommit: false,
});

async function storedIn(port: number): Promise<string[]> {
  const client = await loggedIn(port, READER);
  const { records } = await client.done(commands.pollMessages, pollOf(100));
  return readRecords(records).map(({ payload }) => payload.toString());
}

test('0 after SIGTERM, and what clients sent is there after the next start', async () => {
  const env = { BROKER_DATA_DIR: newDataDir() };
  const first = await startBrokerProcess({ env });
  const client = await loggedIn(first.port);
  await createTopic(client);
  await client.done(commands.sendMessages, sendOf('a'));
  first.kill('SIGTERM');
  expect(await first.exited).toEqual({ code: 0, signal: null });
  expect(await client.next()).toBeUndefined();
  expect(first.output.stdout.trimEnd().split('\n').at(-1)).toContain('stopped');

  const second = await startBrokerProcess({ env });
  expect(await storedIn(second.port)).toEqual(['a']);
});

test('0 after Ctrl-C', async () => {
  const broker = await startBrokerProcess({ env: inMemory });
  broker.kill('SIGINT');
  expect(await broker.exited).toEqual({ code: 0, signal: null });
});

test('after kill -9, what was acknowledged is there, and what is sent again is stored once', async () => {
  const broker = await RestartingBroker.start();
  const before = await loggedIn(broker.port);
  await createTopic(before);
  const frame = before.identity.frame(commands.sendMessages, sendOf('a'));
  await before.answer(frame);
  before.socket.write(frame);
  await broker.kill();
  await broker.start();

  const again = await loggedIn(broker.port);
  again.identity.request = before.identity.request;
  await again.answer(frame);
  await again.done(commands.sendMessages, sendOf('b'));
  expect(await storedIn(broker.port)).toEqual(['a', 'b']);
});

test('its user is the one of its settings', async () => {
  const env = { ...inMemory, BROKER_USERNAME: 'root', BROKER_PASSWORD: 'hush' };
  const broker = await startBrokerProcess({ env });
  const client = await SocketClient.connect(broker.port);
  expect(
    await client.answer(client.identity.login({ username: 'root', password: 'hush' })),
  ).toBeDefined();
  expect(broker.output.stdout).not.toContain('hush');
  await expect(loggedIn(broker.port)).rejects.toThrow(/evicted/);
});

test('settings may stand in a file, and the environment wins over it', async () => {
  const directory = newDataDir();
  writeFileSync(path.join(directory, '.env'), 'BROKER_DATA_DIR=:memory:\nBROKER_PORT=nonsense\n');
  const broker = await startBrokerProcess({ directory });
  expect(broker.output.stdout).toContain('data in :memory:');
});

test('69 if somebody else listens there', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const port = String((other.address() as AddressInfo).port);
  const broker = spawnBroker({ env: { ...inMemory, BROKER_PORT: port } });
  expect(await broker.exited).toEqual({ code: 69, signal: null });
  expect(broker.output.stdout).toContain(port);
});

test('70 if another broker has the data, which goes on undisturbed', async () => {
  const env = { BROKER_DATA_DIR: newDataDir() };
  const first = await startBrokerProcess({ env });
  const second = spawnBroker({ env });
  expect(await second.exited).toEqual({ code: 70, signal: null });
  expect(second.output.stdout).toContain(env.BROKER_DATA_DIR);
  await createTopic(await loggedIn(first.port));
});

test.each([
  ['damaged', 'x'.repeat(8192)],
  ['of a later version', undefined],
])('70 if the data is %s', async (_, content) => {
  const dataDir = newDataDir();
  const file = path.join(dataDir, 'broker.db');
  if (content === undefined) {
    const database = new DatabaseSync(file);
    database.exec('PRAGMA application_id = 1399612265; PRAGMA user_version = 99');
    database.close();
  } else {
    writeFileSync(file, content);
  }
  const broker = spawnBroker({ env: { BROKER_DATA_DIR: dataDir } });
  expect(await broker.exited).toEqual({ code: 70, signal: null });
  expect(broker.output.stdout).toContain(dataDir);
});

test('70 if it cannot store any more, and the log says why', async () => {
  const dataDir = newDataDir();
  const broker = await startBrokerProcess({ env: { BROKER_DATA_DIR: dataDir } });
  const client = await loggedIn(broker.port);
  await createTopic(client);
  const intruder = new DatabaseSync(path.join(dataDir, 'broker.db'));
  intruder.exec('DROP TABLE batches');
  intruder.close();
  client.socket.write(client.identity.frame(commands.sendMessages, sendOf('lost')));
  expect(await broker.exited).toEqual({ code: 70, signal: null });
  expect(broker.output.stdout).toContain('no such table: batches');
});

test('78 with bad settings, naming every one of them on its own line, and no secret', async () => {
  const broker = spawnBroker({
    env: { BROKER_PORT: 'many', BROKER_USERNAME: 'ab', BROKER_PASSWORD: '#7', LOG_LEVEL: 'loud' },
  });
  expect(await broker.exited).toEqual({ code: 78, signal: null });
  const lines = broker.output.stderr.trim().split('\n');
  expect(lines.map((line) => line.split(':')[0])).toEqual([
    'BROKER_PORT',
    'BROKER_USERNAME',
    'BROKER_PASSWORD',
    'LOG_LEVEL',
  ]);
  expect(broker.output.stderr + broker.output.stdout).not.toContain('#7');
});

test('a second signal ends it at once, whatever it still has to do', async () => {
  const broker = await startBrokerProcess({ env: inMemory });
  const client = await loggedIn(broker.port);
  await createTopic(client);
  await client.done(commands.sendMessages, sendOf('x'.repeat(REPLY_BYTES)));
  // A peer that asks and does not take the answer: the broker has patience with it when it stops.
  client.socket.pause();
  client.socket.write(client.identity.frame(commands.pollMessages, pollOf(1)));
  const other = await SocketClient.connect(broker.port);
  const ping = other.identity.frame(commands.ping, {});
  await until(async () => (await other.answer(ping)) !== undefined);
  broker.kill('SIGTERM');
  await until(async () => (await other.answer(ping)) === undefined);
  broker.kill('SIGTERM');
  expect(await broker.exited).toEqual({ code: 70, signal: null });
});
