import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { describe, expect, test } from 'vitest';

import { commands, readRecords } from '../../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../../support/broker-client.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { startTestBroker, temporaryDirectory } from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };

const loggedIn = async (port: number): Promise<SocketClient> =>
  (await SocketClient.connect(port)).logIn();

async function createTopic(client: SocketClient): Promise<void> {
  await client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
  await client.done(commands.createTopic, topic);
}

const send = (client: SocketClient, ...payloads: string[]) =>
  client.done(commands.sendMessages, {
    ...TARGET,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: payloads.length,
    batch: batchOf(...payloads),
  });

async function poll(client: SocketClient): Promise<string[]> {
  const { records } = await client.done(commands.pollMessages, {
    ...TARGET,
    consumer: { kind: 'consumer', id: numbered(1) },
    partition: 0,
    strategy: { kind: 'next', value: 0n },
    count: 10,
    autoCommit: true,
  });
  return readRecords(records).map(({ payload }) => payload.toString());
}

describe('a broker', () => {
  test('stores what it acknowledged, and how far its consumers got, across restarts', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await startTestBroker({ dataDirectory });
    const before = await loggedIn(first.port);
    await createTopic(before);
    await send(before, 'a', 'b');
    expect(await poll(before)).toEqual(['a', 'b']);
    await send(before, 'c');
    await Promise.all([first.stop(), first.stop()]);
    expect(await before.next()).toBeUndefined();

    const second = await startTestBroker({ dataDirectory });
    const after = await loggedIn(second.port);
    expect(await poll(after)).toEqual(['c']);
    const { confirmations } = await send(after, 'd');
    expect(confirmations[0]?.baseOffset).toBe(3n);
  });

  test('keeps nothing where it is told to, and shares nothing with the next', async () => {
    const broker = await startTestBroker({ dataDirectory: ':memory:' });
    await createTopic(await loggedIn(broker.port));
    const other = await startTestBroker({ dataDirectory: ':memory:' });
    const client = await loggedIn(other.port);
    expect(await client.done(commands.getStreams, {})).toEqual({ streams: [] });
  });

  test('tells what it runs on', async () => {
    const broker = await startTestBroker({ dataDirectory: temporaryDirectory() });
    const client = await loggedIn(broker.port);
    const stats = await client.done(commands.getStats, {});
    expect(stats.processId).toBe(process.pid);
    expect(stats.memoryUsage).toBeGreaterThan(0n);
    expect(stats.totalDiskSpace).toBeGreaterThan(0n);
    expect(stats.hostname).not.toBe('');
    expect(stats.clientsCount).toBe(1);
  });

  test('has the limits it was given', async () => {
    const broker = await startTestBroker({ limits: { streamsMax: 1 } });
    const client = await loggedIn(broker.port);
    await client.done(commands.createStream, { name: 'a', options: [] });
    expect((await client.call(commands.createStream, { name: 'b', options: [] })).ok).toBe(false);
  });
});

describe('a start fails', () => {
  const failure = (reason: string, message: RegExp) =>
    expect.objectContaining({
      name: 'BrokerStartError',
      reason,
      message: expect.stringMatching(message) as string,
    }) as Error;

  test('where another broker has the data, and succeeds once that one is gone', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await startTestBroker({ dataDirectory });
    await expect(startTestBroker({ dataDirectory })).rejects.toThrow(
      failure('locked', new RegExp(`^${dataDirectory} is in use by another broker$`)),
    );
    await first.stop();
    await startTestBroker({ dataDirectory });
  });

  test('where the port is taken, and leaves the data to the next', async () => {
    const dataDirectory = temporaryDirectory();
    const { port } = await startTestBroker();
    await expect(startTestBroker({ dataDirectory, port })).rejects.toThrow(
      failure('address-in-use', new RegExp(`127.0.0.1:${port}`)),
    );
    await startTestBroker({ dataDirectory });
  });

  test('where the data is damaged, or somebody else’s', async () => {
    const dataDirectory = temporaryDirectory();
    const file = path.join(dataDirectory, 'broker.db');
    writeFileSync(file, 'x'.repeat(8192));
    await expect(startTestBroker({ dataDirectory })).rejects.toThrow(
      failure('corrupt', new RegExp(dataDirectory)),
    );
    writeFileSync(file, '');
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE somebody_elses (a)');
    database.close();
    await expect(startTestBroker({ dataDirectory })).rejects.toThrow(
      failure('foreign', /not a data file of this program/),
    );
  });

  test('where there can be no directory', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(startTestBroker({ dataDirectory: path.join(file, 'data') })).rejects.toThrow(
      failure('io', /Cannot use the data in/),
    );
  });
});

test('a broker that cannot store any more dies without another word, and says why', async () => {
  const dataDirectory = temporaryDirectory();
  const broker = await startTestBroker({ dataDirectory });
  const client = await loggedIn(broker.port);
  await createTopic(client);
  const intruder = new DatabaseSync(path.join(dataDirectory, 'broker.db'));
  intruder.exec('DROP TABLE batches');
  intruder.close();
  client.socket.write(
    client.identity.frame(commands.sendMessages, {
      ...TARGET,
      partitioning: { kind: 'balanced' },
      messagesCount: 1,
      batch: batchOf('lost'),
    }),
  );
  expect((await broker.died).message).toMatch(/no such table: batches/);
  expect(await client.next()).toBeUndefined();
  await broker.stop();
});
