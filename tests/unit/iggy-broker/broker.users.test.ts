import { expect, test } from 'vitest';

import { commands, EvictionReason } from '../../../src/iggy-protocol/index.ts';
import { ROOT, resultOf, serverFrame } from '../../support/broker-client.ts';
import { SocketClient } from '../../support/socket-client.ts';
import { startTestBroker, temporaryDirectory } from '../../support/start-broker.ts';
import { newUser, PASSWORD } from './support/with-users.ts';

let clients = 0n;

/** With the real hashes, threads and sockets. */
async function connect(port: number): Promise<SocketClient> {
  clients += 1n;
  return SocketClient.connect(port, clients);
}

async function logIn(port: number, credentials = ROOT): Promise<SocketClient> {
  const client = await connect(port);
  const answer = await client.answer(client.identity.login(credentials));
  const result = resultOf(commands.login, answer);
  if (!result.ok) throw new Error(`login was refused with ${result.code}`);
  client.identity.session = result.value.session;
  return client;
}

const ADA = { username: 'ada', password: PASSWORD };

test('a user that was made over a socket logs in after a restart, by its password only', async () => {
  const dataDirectory = temporaryDirectory();
  const first = await startTestBroker({ dataDirectory });
  const root = await logIn(first.port);
  await root.done(commands.createUser, newUser('ada'));
  const change = { user: { kind: 'numeric', value: 0 }, current: 'iggy', new: 'changed' } as const;
  await root.done(commands.changePassword, change);
  await first.stop();

  const { port } = await startTestBroker({ dataDirectory });
  const ada = await logIn(port, ADA);
  expect((await ada.done(commands.getMe, {})).client.userId).toBe(1);
  await logIn(port, { username: 'iggy', password: 'changed' });
  for (const credentials of [ROOT, { ...ADA, password: 'wrong' }]) {
    const client = await connect(port);
    const reply = serverFrame(await client.answer(client.identity.login(credentials)));
    expect(reply).toMatchObject({
      kind: 'eviction',
      header: { reason: EvictionReason.InvalidCredentials },
    });
  }
});

test('a client that has said all it wants gets its answers, also behind a hash', async () => {
  const { port } = await startTestBroker();
  await (await logIn(port)).done(commands.createUser, newUser('ada'));
  const client = await connect(port);
  const { identity } = client;
  identity.session = 1n;
  client.socket.end(Buffer.concat([identity.login(ADA), identity.frame(commands.ping, {})]));
  expect(resultOf(commands.login, await client.next()).ok).toBe(true);
  expect(resultOf(commands.ping, await client.next()).ok).toBe(true);
  expect(await client.next()).toBeUndefined();
});

test('a broker stops while passwords are hashed and wait to be', async () => {
  const broker = await startTestBroker();
  const guesses = await Promise.all(
    Array.from({ length: 20 }, async (_, guess) => {
      const client = await connect(broker.port);
      client.socket.write(client.identity.login({ ...ROOT, password: `guess ${guess}` }));
      return client;
    }),
  );
  const root = await logIn(broker.port);
  root.socket.write(root.identity.frame(commands.createUser, newUser('ada')));
  await (await connect(broker.port)).done(commands.ping, {});
  let cause: Error | undefined;
  void broker.died.then((error) => (cause = error));
  await broker.stop();
  for (const client of guesses) while ((await client.next()) !== undefined);
  expect(cause).toBeUndefined();
});
