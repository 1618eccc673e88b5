import { describe, expect, test } from 'vitest';

import type { IggyClientOptions } from '../../../src/iggy-client/index.ts';
import type { PollRequest } from '../../../src/iggy-client/port.ts';
import { commands, STATUS } from '../../../src/iggy-protocol/index.ts';
import { DeadlinePassed } from '../../../src/utils/deadline-passed.ts';
import { confirm, messagesOf, openClient, sendRequest } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const RECONNECT_MS = 1_000;
const HOUR_MS = 3_600_000;

const committingPoll: PollRequest = {
  stream: 's',
  topic: 't',
  partitionId: 1,
  consumerId: 7,
  from: { kind: 'next' },
  count: 10,
  autoCommit: true,
};

/** A client whose circuit opens at the second failure in a row, for an hour. */
async function open(overrides: Partial<IggyClientOptions> = {}) {
  const breaker = { failureThreshold: 2, successThreshold: 2, openDurationMs: HOUR_MS };
  const opened = await openClient({ breaker, ...overrides });
  const { client, broker, clock } = opened;
  const { onDial } = broker.network;
  return {
    ...opened,
    /** The broker's connections end, and it takes no others. */
    async leave(): Promise<void> {
      broker.network.onDial = (link) => link.end('refused');
      for (const link of broker.network.links) link.end('gone');
      await clock.settle();
    },
    comeBack(): void {
      broker.network.onDial = onDial;
    },
    /** Until the circuit is open, whatever that takes. */
    async untilOpen(): Promise<void> {
      for (let n = 0; n < 10 && client.status().circuit !== 'open'; n += 1) {
        await clock.advance(RECONNECT_MS);
      }
      expect(client.status().circuit).toBe('open');
    },
  };
}

describe('a broker that cannot be reached', () => {
  test('opens the circuit: calls are refused at once, and nothing is written later', async () => {
    const { client, broker, clock, leave, comeBack, untilOpen } = await open();
    await leave();
    await untilOpen();
    const refusal = { name: 'IggyError', kind: 'circuit-open' };
    await expect(client.send(sendRequest(), patience)).rejects.toMatchObject(refusal);
    await expect(client.ping(patience)).rejects.toMatchObject(refusal);
    comeBack();
    await clock.advance(10 * RECONNECT_MS);
    expect(broker.requests).toEqual([]);
    await client.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves callers waiting who were there before, and serves them when it is back', async () => {
    const { client, broker, clock, leave, comeBack, untilOpen } = await open();
    await leave();
    const early = client.send(sendRequest(), patience);
    await untilOpen();
    comeBack();
    broker.onRequest = (request) => confirm(request, 3n);
    await clock.advance(10 * RECONNECT_MS);
    expect(await early).toEqual({ partitionId: 0, baseOffset: 3n });
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });

  test('closes the circuit when it comes back, without waiting for the open duration', async () => {
    const { client, clock, events, leave, comeBack, untilOpen } = await open();
    await leave();
    await untilOpen();
    comeBack();
    await clock.advance(10 * RECONNECT_MS);
    expect(client.status()).toMatchObject({ state: 'ready', circuit: 'half-open' });
    await client.ping(patience);
    await client.ping(patience);
    expect(client.status().circuit).toBe('closed');
    const told = events.map(({ kind }) => kind).filter((kind) => kind.startsWith('circuit'));
    expect(told).toEqual(['circuit-opened', 'circuit-half-open', 'circuit-closed']);
    await client.stop();
  });

  test('opens it again each time it is still away after the open duration', async () => {
    const breaker = { failureThreshold: 2, successThreshold: 2, openDurationMs: 5_000 };
    const { client, clock, events, leave, untilOpen } = await open({ breaker });
    await leave();
    await untilOpen();
    await clock.advance(5_000);
    expect(events.at(-1)).toMatchObject({ kind: 'circuit-half-open' });
    await clock.advance(30_000);
    expect(events.filter(({ kind }) => kind === 'circuit-opened').length).toBeGreaterThan(1);
    await client.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('a broker that does not answer', () => {
  const FULL_MS = 2_000;

  /** So many calls at once, all given up after the same time for the same reason. */
  async function give(reason: Error) {
    const opened = await open({ poolSize: 2 });
    const { client, clock } = opened;
    const calls = [0, 1].map(() => {
      const caller = new AbortController();
      clock.after(FULL_MS, () => caller.abort(reason));
      return client.listStreams(caller);
    });
    const settled = Promise.allSettled(calls);
    await clock.advance(FULL_MS);
    expect(await settled).toMatchObject([
      { reason: { kind: 'timeout' } },
      { reason: { kind: 'timeout' } },
    ]);
    return opened;
  }

  test("opens the circuit where the service's own full deadline passed", async () => {
    const { client, clock } = await give(new DeadlinePassed(FULL_MS));
    expect(client.status().circuit).toBe('open');
    await client.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test('leaves it closed where the callers had less patience', async () => {
    const { client } = await give(new Error('the client went away'));
    expect(client.status().circuit).toBe('closed');
    await client.stop();
  });
});

test('the loss of sessions alone does not open the circuit', async () => {
  const { client, broker, clock } = await open();
  for (let n = 0; n < 10; n += 1) {
    for (const link of broker.network.links) link.end('cut');
    await clock.advance(RECONNECT_MS);
  }
  expect(client.status()).toMatchObject({ state: 'ready', circuit: 'closed' });
  await client.stop();
});

test('attempts that fail while another session is there do not open it either', async () => {
  const { client, broker, clock } = await open({ poolSize: 2 });
  broker.network.onDial = (link) => link.end('refused');
  broker.network.links[1]?.end('cut');
  await clock.advance(60_000);
  expect(client.status()).toMatchObject({ state: 'ready', circuit: 'closed' });
  await client.stop();
});

test('writes whose outcome nobody knows open it', async () => {
  const { client, broker, clock } = await open({ poolSize: 2 });
  const polls = [client.poll(committingPoll, patience), client.poll(committingPoll, patience)];
  const settled = Promise.allSettled(polls);
  await clock.settle();
  for (const { link } of broker.requests) link.end('cut');
  const unknown = { reason: { kind: 'outcome-unknown' } };
  expect(await settled).toMatchObject([unknown, unknown]);
  expect(client.status().circuit).toBe('open');
  await client.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('a batch whose outcome nobody knows is one failure, however many callers shared it', async () => {
  const { client, broker, clock } = await open();
  const first = client.send(sendRequest(), patience);
  await clock.settle();
  const shared = [0, 1, 2].map(() => client.send(sendRequest(), patience));
  const settled = Promise.allSettled(shared);
  confirm(broker.last, 0n);
  await first;
  await clock.settle();
  expect(messagesOf(broker.last)).toHaveLength(shared.length);
  broker.last.deny(STATUS.RequestAlreadyApplied);
  expect(await settled).toMatchObject(shared.map(() => ({ reason: { kind: 'outcome-unknown' } })));
  expect(client.status().circuit).toBe('closed');

  const second = client.send(sendRequest(), patience);
  await clock.settle();
  broker.last.deny(STATUS.RequestAlreadyApplied);
  await expect(second).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(client.status().circuit).toBe('open');
  await client.stop();
});

describe('a probe that ends in any way gives its lease back, and the circuit closes again:', () => {
  type Ending = 'success' | 'refusal' | 'abort' | 'loss';

  test.each<Ending>(['success', 'refusal', 'abort', 'loss'])('%s', async (ending) => {
    const opened = await open({ poolSize: 2 });
    const { client, broker, clock, leave, comeBack, untilOpen } = opened;
    await leave();
    await untilOpen();
    comeBack();
    await clock.advance(20 * RECONNECT_MS);
    expect(client.status().circuit).toBe('half-open');

    const caller = new AbortController();
    const probe = client
      .poll(committingPoll, caller)
      .then(() => 'answered')
      .catch((error: { kind: string }) => error.kind);
    await clock.settle();
    await expect(client.ping(patience)).rejects.toMatchObject({ kind: 'circuit-open' });
    switch (ending) {
      case 'success':
        broker.last.accept(commands.pollMessages, {
          partition: 1,
          currentOffset: 0n,
          messagesCount: 0,
          records: Buffer.alloc(0),
        });
        expect(await probe).toBe('answered');
        break;
      case 'refusal':
        broker.last.deny(STATUS.Unauthorized);
        expect(await probe).toBe('refused');
        break;
      case 'abort':
        caller.abort();
        expect(await probe).toBe('outcome-unknown');
        break;
      case 'loss':
        broker.last.link.end('cut');
        expect(await probe).toBe('outcome-unknown');
        expect(client.status().circuit).toBe('open');
        await clock.advance(RECONNECT_MS);
        break;
    }
    broker.onRequest = (request) => request.accept(commands.getStreams, { streams: [] });
    expect(await client.listStreams(patience)).toEqual([]);
    expect(await client.listStreams(patience)).toEqual([]);
    expect(client.status().circuit).toBe('closed');
    await client.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
