import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, test } from 'vitest';

import { commands, readRecords } from '../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../support/broker-client.ts';
import { SocketClient } from '../support/socket-client.ts';
import { type BrokerProcess, spawnBroker, startBrokerProcess } from '../support/spawn-broker.ts';
import { newDataDir } from '../support/spawn-program.ts';

const TARGET = { stream: named('s'), topic: named('t') };

async function send(client: SocketClient, text: string): Promise<void> {
  const partitioning = { kind: 'partition_id', value: 0 } as const;
  const request = { ...TARGET, partitioning, messagesCount: 1, batch: batchOf(text) };
  await client.done(commands.sendMessages, request);
}

/** A broker that runs on one message, and a client of it. */
async function serving(dataDirectory: string): Promise<[BrokerProcess, SocketClient]> {
  const broker = await startBrokerProcess({
    args: ['serve'],
    env: { BROKER_DATA_DIR: dataDirectory },
  });
  const client = await (await SocketClient.connect(broker.port)).logIn();
  await client.done(commands.createStream, { name: 's', options: [] });
  const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
  await client.done(commands.createTopic, topic);
  await send(client, 'before');
  return [broker, client];
}

async function run(dataDirectory: string, ...args: string[]) {
  const program = spawnBroker({ args, env: { BROKER_DATA_DIR: dataDirectory } });
  const { code } = await program.exited;
  return { code, ...program.output };
}

test('a running broker is checked and backed up, and the copy is served', async () => {
  const directory = newDataDir();
  const target = path.join(newDataDir(), 'broker.db');
  const [, client] = await serving(directory);
  expect(await run(directory, 'check')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^good, .* 1 messages in 1 batches of 1 partitions/),
    stderr: '',
  });
  expect(await run(directory, 'backup', target)).toMatchObject({ code: 0, stderr: '' });
  await send(client, 'after');
  expect(await run(path.dirname(target), 'check')).toMatchObject({ code: 0 });

  const restored = await startBrokerProcess({ env: { BROKER_DATA_DIR: path.dirname(target) } });
  const reader = await (await SocketClient.connect(restored.port, 9n)).logIn();
  const { records } = await reader.done(commands.pollMessages, {
    ...TARGET,
    consumer: { kind: 'consumer', id: numbered(1) },
    partition: 0,
    strategy: { kind: 'first', value: 0n },
    count: 10,
    autoCommit: false,
  });
  expect(readRecords(records).map(({ payload }) => payload.toString())).toEqual(['before']);
});

test('damaged data are told with 70 and what is wrong, and are not copied', async () => {
  const directory = newDataDir();
  const [broker] = await serving(directory);
  broker.kill('SIGTERM');
  await broker.exited;
  const database = new DatabaseSync(path.join(directory, 'broker.db'));
  database.exec('UPDATE batches SET message_count = 2');
  database.close();
  const damage = expect.stringContaining('batch at offset 0 of partition 1');
  expect(await run(directory, 'check')).toMatchObject({ code: 70, stdout: '', stderr: damage });
  const target = path.join(newDataDir(), 'copy');
  expect(await run(directory, 'backup', target)).toMatchObject({ code: 70, stderr: damage });
  expect(existsSync(target)).toBe(false);
  expect(await run(directory, 'serve')).toMatchObject({ code: 70, stdout: damage });
});

test('where there are no data there is nothing to check, and nothing is made', async () => {
  const directory = newDataDir();
  const outcome = await run(directory, 'check');
  expect(outcome).toMatchObject({ code: 70, stderr: expect.stringContaining('broker.db') });
  expect(readdirSync(directory)).toEqual([]);
});

test('64 for what is no command, with the usage', async () => {
  for (const args of [['chekc'], ['backup'], ['check', 'x']]) {
    const outcome = await run(newDataDir(), ...args);
    expect(outcome).toMatchObject({ code: 64, stderr: expect.stringContaining('backup FILE') });
  }
});
