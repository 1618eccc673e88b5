import { expect, test } from 'vitest';

import { DEFAULT_LIMITS } from '../../../src/iggy-broker/limits.ts';
import { openBroker } from '../../../src/iggy-broker/open-broker.ts';
import { commands } from '../../../src/iggy-protocol/index.ts';
import { ROOT } from '../../support/broker-client.ts';
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
    expect(clock.pendingTimers).toBe(1);
    expect((await client.call(commands.getStreams, {})).ok).toBe(true);
    await broker.stop();
    expect(clock.pendingTimers).toBe(0);
    expect(await client.next()).toBeUndefined();
  }
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
  client.socket.pause();
  const stats = client.identity.frame(commands.getStats, {});
  // Far more replies than the kernel keeps for somebody who does not read.
  client.socket.write(Buffer.concat(Array<Buffer>(30_000).fill(stats)));
  const other = await (await SocketClient.connect(broker.port, 2n)).logIn();
  await other.done(commands.ping, {});

  let stopped = false;
  const stopping = broker.stop().then(() => (stopped = true));
  await clock.advance(999);
  expect(stopped).toBe(false);
  await clock.advance(1);
  await stopping;
});
