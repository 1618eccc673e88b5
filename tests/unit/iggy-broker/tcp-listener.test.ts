import { createServer } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { type BrokerLimits, DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { TcpListener } from '../../../src/iggy-broker/tcp-listener.ts';
import { commands } from '../../../src/iggy-protocol/index.ts';
import { systemClock } from '../../../src/utils/clock.ts';
import { batchOf, named, numbered, serverFrame } from '../../support/broker-client.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { InProcessBroker } from '../../support/start-broker.ts';

const TARGET = { stream: named('s'), topic: named('t') };
const MIB = 1 << 20;

async function listening(limits: Partial<BrokerLimits> = {}) {
  const broker = new InProcessBroker({ limits });
  const setup = broker.client();
  setup.done(commands.createStream, { name: 's', options: [] });
  setup.done(commands.createTopic, {
    stream: named('s'),
    name: 't',
    partitionsCount: 1,
    options: [],
  });
  broker.core.disconnect(setup.id);
  const listener = await TcpListener.listen({
    core: broker.core,
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock: systemClock,
    host: '127.0.0.1',
    port: 0,
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await listener.stop();
    stopped = true;
  };
  onTestFinished(stop);
  return { broker, listener, stop };
}

const send = ({ identity }: SocketClient, payload: string): Buffer =>
  identity.frame(commands.sendMessages, {
    ...TARGET,
    partitioning: { kind: 'partition_id', value: 0 },
    messagesCount: 1,
    batch: batchOf(payload),
  });

const pollAll = ({ identity }: SocketClient): Buffer =>
  identity.frame(commands.pollMessages, {
    ...TARGET,
    consumer: { kind: 'consumer', id: numbered(1) },
    partition: 0,
    strategy: { kind: 'first', value: 0n },
    count: 1000,
    autoCommit: false,
  });

async function requestNumbers(client: SocketClient, count: number): Promise<bigint[]> {
  const numbers = [];
  for (let index = 0; index < count; index += 1) {
    const frame = serverFrame(await client.next());
    numbers.push(frame.kind === 'reply' ? frame.header.request : -1n);
  }
  return numbers;
}

describe('a connection', () => {
  test('is answered in order, and what came together is committed together', async () => {
    const { broker, listener } = await listening();
    const client = await (await SocketClient.connect(listener.port)).logIn();
    let commits = 0;
    const commit = broker.core.commit.bind(broker.core);
    broker.core.commit = () => {
      commits += 1;
      return commit();
    };
    const frames = Array.from({ length: 50 }, (_, index) => send(client, `m${index}`));
    client.socket.write(Buffer.concat(frames));

    const numbers = await requestNumbers(client, 50);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => BigInt(index + 1)));
    // As many as the kernel cut the bytes into, not one for each.
    expect(commits).toBeLessThan(25);
  });

  test('that has nothing more to say is answered, then hung up on', async () => {
    const { listener, broker } = await listening();
    const client = await (await SocketClient.connect(listener.port)).logIn();
    client.socket.end(Buffer.concat([send(client, 'last words'), pollAll(client)]));
    expect(await requestNumbers(client, 2)).toEqual([1n, 2n]);
    expect(await client.next()).toBeUndefined();
    expect(broker.storage.dirty).toBe(false);
  });

  test('that speaks something else is closed, and others go on', async () => {
    const { listener } = await listening();
    const bystander = await (await SocketClient.connect(listener.port)).logIn();
    const stranger = await SocketClient.connect(listener.port, 2n);
    stranger.socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n\r\n${'x'.repeat(300)}`);
    expect(await stranger.next()).toBeUndefined();
    expect((await bystander.call(commands.ping, {})).ok).toBe(true);
  });

  test('is told the address it came to, and its own', async () => {
    const { listener } = await listening();
    const client = await (await SocketClient.connect(listener.port)).logIn();
    const { nodes } = await client.done(commands.getClusterMetadata, {});
    expect(nodes).toMatchObject([{ ip: '127.0.0.1', tcp: listener.port }]);
    const { client: me } = await client.done(commands.getMe, {});
    expect(me.address).toBe(`127.0.0.1:${client.socket.localPort}`);
  });

  test('one too many is closed at once; its place is free again when another ends', async () => {
    const { listener, broker } = await listening({ connectionsMax: 1 });
    const first = await (await SocketClient.connect(listener.port)).logIn();
    const second = await SocketClient.connect(listener.port, 2n);
    expect(await second.next()).toBeUndefined();
    const gone = Promise.withResolvers<void>();
    const disconnect = broker.core.disconnect.bind(broker.core);
    broker.core.disconnect = (id) => {
      disconnect(id);
      gone.resolve();
    };
    first.socket.destroy();
    await gone.promise;
    await (await SocketClient.connect(listener.port, 3n)).logIn();
  });
});

describe('a peer that does not read', () => {
  test('is not read from either, and gets everything in order once it reads', async () => {
    const { listener, broker } = await listening({
      unsentBytesPauseAt: MIB,
      receivedBytesMax: 4 * MIB,
    });
    const client = await (await SocketClient.connect(listener.port)).logIn();
    await client.answer(send(client, 'x'.repeat(2 * MIB)));
    client.socket.pause();
    client.socket.write(Buffer.concat(Array.from({ length: 12 }, () => pollAll(client))));
    const bystander = await (await SocketClient.connect(listener.port, 2n)).logIn();
    await bystander.done(commands.ping, {});
    // The first connection of this listener: most of its polls are not even executed.
    expect(broker.core.isIdle(1)).toBe(false);

    // More than may wait for execution: if it were read, it would be the end of the connection.
    const more = Array.from({ length: 8 }, () => send(client, 'y'.repeat(MIB)));
    client.socket.end(Buffer.concat(more));
    await bystander.done(commands.ping, {});
    client.socket.resume();
    const polls = Array<bigint>(12).fill(2n);
    const sends = more.map((_, index) => BigInt(index + 2));
    expect(await requestNumbers(client, 20)).toEqual([...polls, ...sends]);
    expect(await client.next()).toBeUndefined();
  });

  test('loses its connection when all that is unsent is too much, and others keep theirs', async () => {
    const { listener } = await listening({ unsentBytesMax: 8 * MIB });
    const slow = await (await SocketClient.connect(listener.port)).logIn();
    await slow.answer(send(slow, 'x'.repeat(16 * MIB)));
    const other = await (await SocketClient.connect(listener.port, 2n)).logIn();
    slow.socket.pause();
    slow.socket.write(pollAll(slow));
    await other.done(commands.ping, {});
    slow.socket.resume();
    expect(await slow.next()).toBeUndefined();
    expect((await other.call(commands.ping, {})).ok).toBe(true);
  });
});

describe('stopping', () => {
  test('commits and answers what it has executed, then hangs up and listens no more', async () => {
    const { broker, listener, stop } = await listening();
    const { port } = listener;
    const client = await (await SocketClient.connect(port)).logIn();
    const receive = broker.core.receive.bind(broker.core);
    const stopped = new Promise<void>((resolve) => {
      broker.core.receive = (id, chunk) => {
        receive(id, chunk);
        // In the same turn: the group is open, nothing is committed yet.
        resolve(stop());
      };
    });
    const answer = serverFrame(await client.answer(send(client, 'kept')));
    expect(answer).toMatchObject({ kind: 'reply', header: { status: 0, request: 1n } });
    expect(await client.next()).toBeUndefined();
    await stopped;
    expect(broker.storage.dirty).toBe(false);
    await expect(SocketClient.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('executes nothing more, not even for a peer that begins to read only then', async () => {
    const { broker, listener, stop } = await listening();
    const client = await (await SocketClient.connect(listener.port)).logIn();
    await client.answer(send(client, 'x'.repeat(16 * MIB)));
    client.socket.pause();
    client.socket.write(Buffer.concat([pollAll(client), send(client, 'too late')]));
    const bystander = await (await SocketClient.connect(listener.port, 2n)).logIn();
    await bystander.done(commands.ping, {});
    expect(broker.core.isIdle(1)).toBe(false);

    const stopping = stop();
    client.socket.resume();
    expect(await requestNumbers(client, 1)).toEqual([2n]);
    expect(await client.next()).toBeUndefined();
    await stopping;
    expect(broker.storage.dirty).toBe(false);
    expect(broker.storage.load().partitions).toMatchObject([{ extent: { nextOffset: 1n } }]);
  });
});

test('a port that is taken says so', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const { core } = new InProcessBroker();
  const parts = { core, limits: DEFAULT_LIMITS, clock: systemClock, port };
  await expect(TcpListener.listen({ ...parts, host: '127.0.0.1' })).rejects.toMatchObject({
    name: 'BrokerStartError',
    reason: 'address-in-use',
    message: `Somebody else listens on 127.0.0.1:${port}`,
  });
  await expect(TcpListener.listen({ ...parts, host: '192.0.2.1' })).rejects.toMatchObject({
    reason: 'io',
  });
});
