import { expect, test } from 'vitest';

import { createIggyClient } from '../../../src/iggy-client/index.ts';
import { createClient } from './open-client.ts';

test('a client that was made and not started does nothing', async () => {
  const { client, broker, clock } = createClient();
  await clock.advance(60_000);
  expect(broker.network.links).toEqual([]);
  expect(client.status()).toMatchObject({ state: 'connecting', attempts: 0 });
  await client.stop();
});

test('it comes up with what it is given, and tells', async () => {
  const { client, clock, broker, events } = createClient({ poolSize: 3 });
  client.start();
  await clock.settle();
  expect(client.status()).toMatchObject({ state: 'ready', serverVersion: '0.9.0' });
  expect(broker.network.openLinks).toBe(3);
  expect(events).toEqual([{ kind: 'connected', serverVersion: '0.9.0' }]);
  await client.stop();
});

test('giving up is told, so that the process can end', async () => {
  const { client, clock, broker, events } = createClient({
    reconnect: { baseMs: 100, maxMs: 1_000, attemptsMax: 2 },
  });
  broker.network.onDial = (link) => link.end('refused');
  client.start();
  await clock.advance(10_000);
  expect(events.at(-1)).toEqual({ kind: 'gave-up', attempts: 2, reason: 'refused' });
  expect(client.status().state).toBe('closed');
  await client.stop();
});

test('without addresses there is no client', () => {
  expect(() =>
    createIggyClient({
      addresses: [],
      credentials: { token: 't' },
      software: { name: 'n', version: 'v' },
      randomBytes: (count) => Buffer.alloc(count),
    }),
  ).toThrow('needs an address');
});
