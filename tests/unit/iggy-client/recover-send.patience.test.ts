import { describe, expect, test } from 'vitest';

import { commands, decodeBody } from '../../../src/iggy-protocol/index.ts';
import { cutSend, foreign, ours, RECONNECT_MS, sends } from './cut-send.ts';
import { confirm, sendRequest } from './open-client.ts';

const patience = { signal: new AbortController().signal };

describe('a caller whose patience ends', () => {
  test('before the broker is back learns that nobody knows, and nothing is written again', async () => {
    const impatient = new AbortController();
    const { client, broker, clock, result } = await cutSend([], { signal: impatient.signal });
    impatient.abort(new Error('enough'));
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await clock.advance(60_000);
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });

  test('while the broker is asked learns that nobody knows, and nothing is written again', async () => {
    const impatient = new AbortController();
    const { client, broker, clock, partition, result } = await cutSend([], {
      signal: impatient.signal,
    });
    broker.onRequest = () => {};
    await clock.advance(RECONNECT_MS);
    impatient.abort(new Error('enough'));
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    partition.answer(broker.last);
    await clock.settle();
    expect(sends(broker)).toHaveLength(1);
    // The slot is free again.
    broker.onRequest = (request) => confirm(request, 5n);
    expect(await client.send(sendRequest(), patience)).toMatchObject({ baseOffset: 5n });
    await client.stop();
  });

  test('while the copy is out keeps the partition until that is answered', async () => {
    const impatient = new AbortController();
    const { client, broker, clock, partition, result } = await cutSend([], {
      signal: impatient.signal,
      poolSize: 2,
    });
    partition.serve(broker, () => {});
    await clock.advance(RECONNECT_MS);
    impatient.abort(new Error('enough'));
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    const next = client.send(sendRequest(), patience);
    await clock.settle();
    expect(sends(broker)).toHaveLength(2);
    broker.onRequest = (request) => confirm(request, 5n);
    const copy = sends(broker).at(-1);
    if (copy !== undefined) confirm(copy, 4n);
    expect(await next).toMatchObject({ baseOffset: 5n });
    await client.stop();
  });
});

describe('when the connection breaks again', () => {
  test('while the broker is asked, it is asked again on the next one, for less', async () => {
    const { client, broker, clock, partition, result } = await cutSend([foreign, ours]);
    let cuts = 0;
    broker.onRequest = (request) => {
      const { count } = decodeBody(commands.pollMessages.request, request.body);
      if (count > 1 && cuts === 0) {
        cuts += 1;
        partition.polls.push({ from: -1n, count });
        request.link.end('cut again');
      } else {
        partition.answer(request);
      }
    };
    await clock.advance(10 * RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset: 1n });
    expect(partition.polls.map(({ count }) => count)).toEqual([1, 200, 1, 50]);
    await client.stop();
  });

  test('while the copy is out, the broker is asked before it is written once more', async () => {
    const { client, broker, clock, partition, result } = await cutSend([]);
    partition.serve(broker, (request) => {
      partition.messages.push(ours);
      request.link.end('cut again');
    });
    await clock.advance(10 * RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset: 0n });
    expect(sends(broker)).toHaveLength(2);
    await client.stop();
  });
});

test('a client that stops leaves the outcome unknown, and no timer', async () => {
  const { client, clock, result } = await cutSend([], { stopDeadlineMs: 0 });
  const stopped = client.stop();
  await clock.advance(0);
  await stopped;
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(clock.pendingTimers).toBe(0);
});

test('a client that is told to stop at once does not wait for what it could do', async () => {
  const { client, clock, result } = await cutSend([], { stopDeadlineMs: 60_000 });
  const stopped = client.stop(0);
  await clock.advance(0);
  await stopped;
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
});

test('a client that gives up leaves the outcome unknown', async () => {
  const { client, broker, clock, result } = await cutSend([], {
    reconnect: { baseMs: 1_000, maxMs: 1_000, attemptsMax: 1 },
  });
  broker.network.onDial = (link) => link.end('refused');
  await clock.advance(10 * RECONNECT_MS);
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  await client.stop();
});
