import { expect, test } from 'vitest';

import { createIggyClient } from '../../../src/iggy-client/index.ts';
import { RECALLED_BATCHES_MAX } from '../../../src/iggy-broker/log/partition-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { MemoryBroker } from '../../support/memory-broker.ts';
import { message, sendRequest } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const READ_BACK_MAX = 10_000;
const BATCH = 10;

test('a send that many others followed before the broker crashed is not stored twice', async () => {
  const clock = new FakeClock();
  const broker = new MemoryBroker();
  let minted = 0;
  const [client, other] = [0, 0].map(() =>
    createIggyClient({
      addresses: [{ host: 'broker', port: 8090 }],
      credentials: { username: 'iggy', password: 'iggy' },
      software: { name: 'test', version: '1' },
      randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
      clock,
      dial: broker.network.dial,
      poolSize: 1,
    }),
  );
  if (client === undefined || other === undefined) throw new Error('two clients');
  client.start();
  await client.createStream('s', patience);
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, patience);
  await client.send(sendRequest({ messages: [message('before', 1n)] }), patience);

  // The answer is lost on its way: the broker has stored the send.
  const [link] = broker.network.links;
  if (link === undefined) throw new Error('a link');
  link.send = () => link.end('cut');
  const result = client.send(sendRequest({ messages: [message('ours', 2n)] }), patience);
  result.catch(() => {});
  await clock.settle();
  other.start();
  const others = Array.from({ length: BATCH }, (_, index) => message('other', BigInt(index + 3)));
  for (let batch = 0; batch <= Math.max(RECALLED_BATCHES_MAX, READ_BACK_MAX / BATCH); batch += 1) {
    await other.send(sendRequest({ messages: others }), patience);
  }
  broker.restart();
  await clock.advance(5_000);

  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  const from = { kind: 'offset', offset: 0n } as const;
  const target = { stream: 's', topic: 't', partitionId: 0, consumerId: 1 };
  const all = { ...target, from, count: 2 * READ_BACK_MAX, autoCommit: false };
  const { messages } = await client.poll(all, patience);
  expect(messages.filter(({ id }) => id === 2n)).toHaveLength(1);
  await Promise.all([client.stop(), other.stop()]);
});
