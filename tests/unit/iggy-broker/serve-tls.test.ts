import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { expect, onTestFinished, test } from 'vitest';

import { createIggyClient } from '../../../src/iggy-client/index.ts';
import { commands, FrameDecoder } from '../../../src/iggy-protocol/index.ts';
import { systemClock } from '../../../src/utils/clock.ts';
import { batchOf, named, resultOf, ROOT, TestIdentity } from '../../support/broker-client.ts';
import { startTestBroker } from '../../support/start-broker.ts';
import { testCertificate } from '../../support/test-certificate.ts';

const HOST = '127.0.0.1';

const startTlsBroker = (limits = {}) => startTestBroker({ tls: testCertificate, limits });

function dial(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({
    port,
    host: HOST,
    servername: 'localhost',
    ca: testCertificate.certificate,
    ...options,
  });
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** Whatever it is closed for. */
function closed(socket: Socket): Promise<void> {
  const done = Promise.withResolvers<void>();
  socket.on('error', () => {});
  socket.on('close', () => done.resolve());
  socket.resume();
  return done.promise;
}

async function answer(socket: Socket, frame: Buffer): Promise<Buffer> {
  const decoder = new FrameDecoder(1 << 20);
  const answered = Promise.withResolvers<Buffer>();
  socket.on('data', (chunk: Buffer) => decoder.push(chunk, (reply) => answered.resolve(reply)));
  socket.write(frame);
  return answered.promise;
}

test('our own client makes a stream over TLS, and does not if it knows no such authority', async () => {
  const { port } = await startTlsBroker();
  const open = (ca: string | undefined) => {
    const refused = Promise.withResolvers<'refused'>();
    const client = createIggyClient({
      addresses: [{ host: 'localhost', port }],
      credentials: ROOT,
      software: { name: 'test', version: '1' },
      randomBytes,
      random: Math.random,
      clock: systemClock,
      tls: { domain: 'localhost', ...(ca !== undefined && { ca }) },
      onEvent: ({ kind }) => {
        if (kind === 'refused') refused.resolve('refused');
      },
    });
    onTestFinished(() => client.stop(0));
    client.start();
    return { client, refused: refused.promise };
  };
  const { client } = open(testCertificate.certificate);
  const { name } = await client.createStream('over-tls', { signal: new AbortController().signal });
  expect(name).toBe('over-tls');
  expect(await open(undefined).refused).toBe('refused');
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
  const { port } = await startTlsBroker();
  const socket = dial(port, { minVersion: version, maxVersion: version });
  const identity = new TestIdentity(1n);
  const login = resultOf(commands.login, await answer(socket, identity.login()));
  expect(login.ok).toBe(true);
  expect(socket.getProtocol()).toBe(version);
});

test('what is older, or no TLS at all, gets nowhere, and others do', async () => {
  const { port } = await startTlsBroker();
  const old = dial(port, {
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await closed(old);
  expect(old.authorized).toBe(false);

  const plain = connectPlain(port, HOST);
  plain.write(new TestIdentity(1n).login());
  await closed(plain);

  const result = resultOf(commands.login, await answer(dial(port), new TestIdentity(2n).login()));
  expect(result.ok).toBe(true);
});

test('a client that is done sending still gets its answer', async () => {
  const { port } = await startTlsBroker();
  const socket = dial(port);
  const frames: Buffer[] = [];
  const decoder = new FrameDecoder(1 << 20);
  socket.on('data', (chunk: Buffer) => decoder.push(chunk, (frame) => frames.push(frame)));
  socket.end(new TestIdentity(1n).login());
  await once(socket, 'end');
  expect(frames).toHaveLength(1);
});

test('who does not get through the handshake has a place all the same, and does not hold up the end', async () => {
  const broker = await startTlsBroker({ connectionsMax: 1 });
  const idle = connectPlain(broker.port, HOST);
  await once(idle, 'connect');
  await closed(connectPlain(broker.port, HOST));
  expect(idle.destroyed).toBe(false);
  await Promise.all([closed(idle), broker.stop()]);
});

test('a large batch comes through whole', async () => {
  const { port } = await startTlsBroker();
  const socket = dial(port);
  const identity = new TestIdentity(1n);
  const ask = async (frame: Buffer) => {
    const reply = await answer(socket, frame);
    socket.removeAllListeners('data');
    return reply;
  };
  const login = resultOf(commands.login, await ask(identity.login()));
  if (login.ok) identity.session = login.value.session;
  await ask(identity.frame(commands.createStream, { name: 's', options: [] }));
  const target = { stream: named('s'), topic: named('t') };
  const topic = { stream: named('s'), name: 't', partitionsCount: 1, options: [] };
  await ask(identity.frame(commands.createTopic, topic));
  const sent = await ask(
    identity.frame(commands.sendMessages, {
      ...target,
      partitioning: { kind: 'partition_id', value: 0 },
      messagesCount: 1,
      batch: batchOf('x'.repeat(5_000_000)),
    }),
  );
  expect(resultOf(commands.sendMessages, sent).ok).toBe(true);
});
