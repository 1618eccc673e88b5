import { expect, test } from 'vitest';

import type { IggyClientOptions } from '../../../src/iggy-client/index.ts';
import { commands } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import { messagesOf, openClient, sendRequest, sentTo } from './open-client.ts';
import { sends, serveTopic } from './serve-topic.ts';

const patience = { signal: new AbortController().signal };
const toAny = sendRequest({ partitioning: { kind: 'balanced' } });

async function openTopic(partitionsCount: number, options: Partial<IggyClientOptions> = {}) {
  const opened = await openClient({ poolSize: 4, ...options });
  serveTopic(opened.broker, { partitionsCount });
  return opened;
}

/** A topic whose partition 0 takes one send and answers nothing; the others answer when told to. */
async function openStuck(partitionsCount: number) {
  const opened = await openTopic(partitionsCount);
  const { client, broker, clock } = opened;
  const serve = broker.onRequest;
  const held: ScriptedRequest[] = [];
  broker.onRequest = (request) => {
    if (request.is(commands.getTopic)) serve(request);
    else if (sentTo(request) !== 0) held.push(request);
  };
  let answered = 0;
  return {
    client,
    clock,
    answered: () => answered,
    async send(): Promise<void> {
      void client.send(toAny, patience).then(
        () => (answered += 1),
        () => {},
      );
      await clock.settle();
    },
    async answer(): Promise<void> {
      for (const request of held.splice(0)) serve(request);
      await clock.settle();
    },
  };
}

test.each([2, 3])(
  'however much comes, one stuck partition of %i gets no more than its share',
  async (partitionsCount) => {
    const { client, clock, send, answer, answered } = await openStuck(partitionsCount);
    const [rounds, sendsPerRound] = [50, 20];
    for (let round = 0; round < rounds; round += 1) {
      for (let count = 0; count < sendsPerRound; count += 1) await send();
      await answer();
    }
    await answer();
    await answer();
    const stuck = rounds * sendsPerRound - answered();
    expect(stuck).toBeLessThanOrEqual((rounds * sendsPerRound) / partitionsCount);
    const stopped = client.stop();
    await clock.advance(60_000);
    await stopped;
  },
);

test('a partition whose callers have all given up is passed over until it is free', async () => {
  const { client, clock, send, answer, answered } = await openStuck(2);
  const caller = new AbortController();
  const tired = client.send(toAny, caller);
  await clock.settle();
  caller.abort();
  await expect(tired).rejects.toMatchObject({ kind: 'outcome-unknown' });
  for (let count = 0; count < 100; count += 1) {
    await send();
    await answer();
  }
  expect(answered()).toBe(100);
  const stopped = client.stop();
  await clock.advance(60_000);
  await stopped;
});

test('what gathers while there is no connection is spread as well', async () => {
  const callersMax = 10;
  const batch = { messagesMax: 1_000, bytesMax: 1 << 20, callersMax, lingerMs: 0 };
  const { client, broker, clock } = await openTopic(4, { batch });
  await client.send(toAny, patience);
  broker.network.onDial = (link) => link.end('refused');
  for (const link of broker.network.links) link.end('gone');
  const results: Promise<unknown>[] = [];
  for (let count = 0; count < 8 * callersMax; count += 1) {
    results.push(client.send(toAny, patience));
    await clock.settle();
  }
  broker.network.onDial = (link) => broker.serve(link);
  await clock.advance(10_000);
  await Promise.all(results);
  const gathered = [0, 1, 2, 3].map((partitionId) =>
    sends(broker)
      .slice(1)
      .filter((request) => sentTo(request) === partitionId)
      .reduce((sum, request) => sum + messagesOf(request).length, 0),
  );
  expect(gathered).toEqual([0, 1, 2, 3].map(() => 2 * callersMax));
  await client.stop();
});
