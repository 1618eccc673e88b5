import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

import { expect, test, type TestContext } from 'vitest';

import { commands, readRecords, STATUS } from '../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered, type Result } from '../support/broker-client.ts';
import { prepareLoad, readEverything } from '../support/load.ts';
import { mountSmallDisk, remountReadOnly } from '../support/small-disk.ts';
import { SocketClient } from '../support/socket-client.ts';
import { spawnBroker, startBrokerProcess } from '../support/spawn-broker.ts';
import { startGatewayProcess, until } from '../support/spawn-gateway.ts';
import { expectTruth, SteadyLoad } from '../support/steady-load.ts';

const SENDERS = 8;
const ROUNDS = 3;
const MIB = 1024 * 1024;
const DISK_MIB = 200;
const REFUSED = { ok: false, code: STATUS.TransientNotAccepted };
const T = { stream: named('s'), topic: named('t') };

/** One client of a broker on a small disk, and what it was told is stored. */
class Writer {
  readonly client: SocketClient;
  stored = 0;

  constructor(client: SocketClient) {
    this.client = client;
  }

  async createTopic(): Promise<void> {
    const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
    await this.client.done(commands.createTopic, topic);
    this.stored = 0;
  }

  async send(): Promise<Result<unknown>> {
    const batch = batchOf(`${this.stored} ${'x'.repeat(MIB)}`);
    const partitioning = { kind: 'partition_id', value: 0 } as const;
    const request = { ...T, partitioning, messagesCount: 1, batch };
    const result = await this.client.call(commands.sendMessages, request);
    if (result.ok) this.stored += 1;
    return result;
  }

  async sendUntilRefused(): Promise<void> {
    for (;;) {
      const result = await this.send();
      if (!result.ok) return expect(result).toEqual(REFUSED);
      if (this.stored > 2 * DISK_MIB) throw new Error('the disk is never full');
    }
  }

  /** Everything that was acknowledged is there, and nothing else. */
  async check(): Promise<void> {
    for (let offset = 0; offset < this.stored; offset += 1) {
      const { records, currentOffset } = await this.client.done(commands.pollMessages, {
        ...T,
        consumer: { kind: 'consumer', id: numbered(1) },
        partition: 0,
        strategy: { kind: 'offset', value: BigInt(offset) },
        count: 1,
        autoCommit: false,
      });
      expect(currentOffset).toBe(BigInt(this.stored - 1));
      const [message] = readRecords(records);
      expect(message?.offset).toBe(BigInt(offset));
      expect(message?.payload.subarray(0, 8).toString()).toMatch(new RegExp(`^${offset} `));
    }
  }
}

/** Takes all that is left of the disk. */
function fill(directory: string): string {
  const file = path.join(directory, 'filler');
  const descriptor = openSync(file, 'w');
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(descriptor, piece);
  } catch {
    closeSync(descriptor);
    return file;
  }
}

/** Skips the test, loudly, where nothing can be mounted. */
function diskOf(context: TestContext): string {
  return mountSmallDisk(DISK_MIB) ?? context.skip('nothing can be mounted here');
}

test('a full disk refuses writes and loses nothing; what is deleted makes room', async (context) => {
  const disk = diskOf(context);
  const broker = await startBrokerProcess({ env: { BROKER_DATA_DIR: disk } });
  const writer = new Writer(await (await SocketClient.connect(broker.port)).logIn());
  await writer.client.done(commands.createStream, { name: 's', options: [] });
  await writer.createTopic();

  await writer.sendUntilRefused();
  expect(writer.stored).toBeGreaterThan(20);
  await writer.check();
  await until(() => Promise.resolve(broker.output.stdout.includes('the disk is nearly full')));

  // What the broker had kept free for itself is taken by somebody else.
  const filler = fill(disk);
  expect(await writer.send()).toEqual(REFUSED);
  await writer.check();
  rmSync(filler);

  await writer.client.done(commands.deleteTopic, T);
  await until(
    async () => (await writer.client.call(commands.createStream, { name: 'more', options: [] })).ok,
  );
  await writer.createTopic();
  expect(await writer.send()).toMatchObject({ ok: true });
  await until(() => Promise.resolve(broker.output.stdout.includes('takes everything again')));

  broker.kill('SIGTERM');
  expect(await broker.exited).toEqual({ code: 0, signal: null });
});

test('a disk that is full all at once fails a write, and takes it later', async (context) => {
  const disk = diskOf(context);
  const broker = await startBrokerProcess({ env: { BROKER_DATA_DIR: disk } });
  const writer = new Writer(await (await SocketClient.connect(broker.port)).logIn());
  await writer.client.done(commands.createStream, { name: 's', options: [] });
  await writer.createTopic();
  for (let count = 0; count < 5; count += 1)
    expect(await writer.send()).toMatchObject({ ok: true });

  const filler = fill(disk);
  // What the log of changes has room for is still stored.
  await writer.sendUntilRefused();
  await writer.check();
  rmSync(filler);
  await until(async () => (await writer.send()).ok);
  await writer.check();

  broker.kill('SIGKILL');
  await broker.exited;
  const again = await startBrokerProcess({ env: { BROKER_DATA_DIR: disk } });
  const reader = new Writer(await (await SocketClient.connect(again.port, 2n)).logIn());
  reader.stored = writer.stored;
  await reader.check();
});

test('through the gateway: nothing is lost or doubled, whatever was answered', async (context) => {
  const disk = diskOf(context);
  const gateway = await startGatewayProcess({
    env: {
      EMBEDDED_BROKER: 'on',
      EMBEDDED_BROKER_DATA_DIR: disk,
      OPERATION_TIMEOUT_SECS: '1',
      CIRCUIT_BREAKER_OPEN_DURATION_SECS: '1',
    },
  });
  await prepareLoad(gateway.url);
  const load = new SteadyLoad(() => [gateway.url], SENDERS);
  for (let round = 0; round < ROUNDS; round += 1) {
    await load.untilStored(200);
    const refused = load.count('refused');
    const filler = fill(disk);
    await until(() => load.count('refused') > refused + SENDERS);
    rmSync(filler);
  }
  await load.untilStored(200);
  await load.stop();
  expect(load.count('cut')).toBe(0);
  expectTruth(await readEverything(gateway.url), load.sent);
  console.log(load.summary);
});

test('data that may only be read are not served, and the reason is told', async (context) => {
  const disk = diskOf(context);
  const env = { BROKER_DATA_DIR: disk };
  const first = await startBrokerProcess({ env });
  first.kill('SIGTERM');
  await first.exited;
  remountReadOnly(disk);
  const second = spawnBroker({ env });
  expect(await second.exited).toEqual({ code: 70, signal: null });
  expect(second.output.stdout).toContain(`Cannot use the data in ${disk}`);
});
