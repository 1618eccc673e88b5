import { statSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { openStorage } from '../../src/iggy-broker/sqlite-storage.ts';
import { commands } from '../../src/iggy-protocol/index.ts';
import { batchOf, named } from '../support/broker-client.ts';
import { SocketClient } from '../support/socket-client.ts';
import { type BrokerProcess, startBrokerProcess } from '../support/spawn-broker.ts';
import { newDataDir, until } from '../support/spawn-program.ts';
import { InProcessBroker } from '../support/start-broker.ts';

const GIB = 1024 * 1024 * 1024;
const MESSAGES_PER_BATCH = 100;
const BATCHES_PER_COMMIT = 200;
const PARTITIONS = 4;

const sendOf = (topic: string, partition: number, batch: Buffer, messagesCount: number) => ({
  stream: named('s'),
  topic: named(topic),
  partitioning: { kind: 'partition_id', value: partition } as const,
  messagesCount,
  batch,
});

/** A GiB of batches of 100 messages of 300 bytes, through the core, as fast as it goes. */
function fill(directory: string): void {
  const storage = openStorage(directory);
  const client = new InProcessBroker({ storage }).client();
  client.done(commands.createStream, { name: 's', options: [] });
  for (const [name, partitionsCount] of [
    ['large', PARTITIONS],
    ['small', 1],
  ] as const) {
    const topic = { stream: named('s'), name, partitionsCount, options: [] };
    client.done(commands.createTopic, topic);
  }
  const texts = Array.from({ length: MESSAGES_PER_BATCH }, (_, index) =>
    `${index}`.padEnd(300, 'x'),
  );
  const batch = batchOf(...texts);
  const frames = Array.from({ length: BATCHES_PER_COMMIT }, (_, index) => index);
  for (let bytes = 0; bytes < GIB;) {
    const group = frames.map((index) =>
      client.identity.frame(
        commands.sendMessages,
        sendOf('large', index % PARTITIONS, batch, MESSAGES_PER_BATCH),
      ),
    );
    client.exchange(Buffer.concat(group));
    bytes += batch.length * BATCHES_PER_COMMIT;
  }
  storage.close();
}

/** From the start of the process until it listens. */
async function timedStart(directory: string): Promise<[BrokerProcess, number]> {
  const startedAt = performance.now();
  const broker = await startBrokerProcess({ env: { BROKER_DATA_DIR: directory } });
  return [broker, performance.now() - startedAt];
}

test('a broker starts on 1 GiB, and its deletion does not keep others from sending', async () => {
  const directory = newDataDir();
  const file = path.join(directory, 'broker.db');
  fill(directory);
  const sizeBefore = statSync(file).size;
  expect(sizeBefore).toBeGreaterThan(GIB);

  const [, emptyStartMs] = await timedStart(newDataDir());
  const [broker, startMs] = await timedStart(directory);
  const client = await (await SocketClient.connect(broker.port, 9n)).logIn();

  await client.done(commands.deleteTopic, { stream: named('s'), topic: named('large') });
  const deletedAt = performance.now();
  const latencies: number[] = [];
  await until(async () => {
    const sentAt = performance.now();
    await client.done(commands.sendMessages, sendOf('small', 0, batchOf('x'), 1));
    latencies.push(performance.now() - sentAt);
    return statSync(file).size < sizeBefore / 100;
  });
  const sweptMs = performance.now() - deletedAt;
  // Hundreds of slices passed, and sends came through between them.
  expect(latencies.length).toBeGreaterThan(100);
  latencies.sort((one, other) => one - other);
  const at = (share: number): string =>
    (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(1);
  console.log(
    `started on ${(sizeBefore / GIB).toFixed(2)} GiB in ${startMs.toFixed(0)} ms, ` +
      `on nothing in ${emptyStartMs.toFixed(0)} ms; ` +
      `swept in ${(sweptMs / 1000).toFixed(1)} s, meanwhile ${latencies.length} sends one after the ` +
      `other: median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${latencies.at(-1)?.toFixed(1)} ms`,
  );
  broker.kill('SIGTERM');
  expect(await broker.exited).toEqual({ code: 0, signal: null });
});
