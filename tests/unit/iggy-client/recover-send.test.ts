import { describe, expect, test } from 'vitest';

import type { OutgoingMessage } from '../../../src/iggy-client/port.ts';
import { EvictionReason, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import { cutSend, foreign, ours, Partition, RECONNECT_MS, sends } from './cut-send.ts';
import { confirm, message, openClient, sendRequest } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const NO_CONFIRMATION = Buffer.alloc(4);
const TOO_MANY = Array.from({ length: 10_001 }, () => foreign);

test('a send that the broker shows is stored, at the offset it is shown at', async () => {
  const { client, broker, clock, result } = await cutSend([foreign, ours, foreign]);
  await clock.advance(RECONNECT_MS);
  expect(await result).toEqual({ partitionId: 0, baseOffset: 1n });
  expect(sends(broker)).toHaveLength(1);
  await client.stop();
});

test('a send that the broker does not show is written again: same client, number and body, new session', async () => {
  const { client, broker, clock, result } = await cutSend([foreign]);
  await clock.advance(RECONNECT_MS);
  expect(await result).toEqual({ partitionId: 0, baseOffset: 77n });
  const [first, second] = sends(broker);
  expect(sends(broker)).toHaveLength(2);
  expect(second?.header).toEqual({ ...first?.header, session: (first?.header.session ?? 0n) + 1n });
  expect(second?.body).toEqual(first?.body);
  await client.stop();
});

test.each(['0.9.0-edge.5', 'unheard-of'])(
  'a broker that would store the copy too (%s) is only asked, and the outcome is unknown',
  async (serverVersion) => {
    const { client, broker, clock, result } = await cutSend([foreign]);
    broker.serverVersion = serverVersion;
    await clock.advance(RECONNECT_MS);
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await clock.advance(60_000);
    expect(sends(broker)).toHaveLength(1);
    await client.stop();
  },
);

test('a copy that the broker recognises is stored, at the offset that is read back then', async () => {
  const { client, broker, clock, partition, result } = await cutSend([foreign]);
  partition.serve(broker, (request) => {
    partition.messages.push(ours);
    request.acceptPayload(NO_CONFIRMATION);
  });
  await clock.advance(RECONNECT_MS);
  expect(await result).toEqual({ partitionId: 0, baseOffset: 1n });
  await client.stop();
});

test('a copy that the broker recognises and does not show is stored, at an offset nobody tells', async () => {
  const { client, broker, clock, partition, result } = await cutSend([]);
  partition.serve(broker, (request) => request.acceptPayload(NO_CONFIRMATION));
  await clock.advance(RECONNECT_MS);
  expect(await result).toEqual({ partitionId: 0, baseOffset: undefined });
  await client.stop();
});

test.each([
  ['another arrival', { ...ours, originTimestampMicros: 6n }],
  ['another payload', { ...ours, payload: Buffer.from('other') }],
  ['another id', { ...ours, id: 10n }],
])('a message of %s is not ours', async (_, twin) => {
  const { client, broker, clock, result } = await cutSend([twin]);
  await clock.advance(RECONNECT_MS);
  expect(await result).toMatchObject({ baseOffset: 77n });
  expect(sends(broker)).toHaveLength(2);
  await client.stop();
});

describe('a batch', () => {
  const [a, b, c] = [message('a', 1n), message('b', 2n), message('c', 3n)] as const;

  test.each<[string, OutgoingMessage[], bigint]>([
    ['in sequence', [foreign, a, b, c], 1n],
    ['behind its own beginning', [a, b, a, b, c], 2n],
    ['behind a piece of it', [b, c, a, a, b, c], 3n],
  ])('is found %s', async (_, stored, baseOffset) => {
    const { client, broker, clock, result } = await cutSend(stored, { sent: [a, b, c] });
    await clock.advance(RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset });
    expect(sends(broker)).toHaveLength(1);
    await client.stop();
  });

  test.each<[string, OutgoingMessage[]]>([
    ['with one missing', [a, c]],
    ['with a foreign one in between', [a, b, foreign, c]],
    ['without its end', [a, b]],
  ])('is not found %s', async (_, stored) => {
    const { client, broker, clock, result } = await cutSend(stored, { sent: [a, b, c] });
    await clock.advance(RECONNECT_MS);
    await result;
    expect(sends(broker)).toHaveLength(2);
    await client.stop();
  });

  test('is found across the edge of a page', async () => {
    const stored = [...Array.from({ length: 199 }, () => foreign), a, b, c];
    const { client, broker, clock, partition, result } = await cutSend(stored, { sent: [a, b, c] });
    await clock.advance(RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset: 199n });
    expect(partition.polls.map(({ from }) => from)).toEqual([0n, 0n, 200n]);
    expect(sends(broker)).toHaveLength(1);
    await client.stop();
  });
});

describe('where the search begins', () => {
  test('behind the last message we know to be stored', async () => {
    const { client, broker, clock } = await openClient();
    const partition = new Partition();
    partition.messages = Array.from({ length: 50 }, () => foreign);
    partition.serve(broker, (request) => confirm(request, 41n));
    await client.send(sendRequest(), patience);
    partition.serve(broker, (request) => {
      if (sends(broker).length === 2) request.link.end('cut');
      else confirm(request, 50n);
    });
    const result = client.send(sendRequest({ messages: [ours] }), patience);
    await clock.advance(RECONNECT_MS);
    await result;
    expect(partition.polls.map(({ from }) => from)).toEqual([0n, 42n]);
    await client.stop();
  });

  test('nowhere, if nothing was stored since', async () => {
    const { client, broker, clock } = await openClient();
    const partition = new Partition();
    partition.messages = Array.from({ length: 50 }, () => foreign);
    partition.serve(broker, (request) => confirm(request, 49n));
    await client.send(sendRequest(), patience);
    partition.serve(broker, (request) => {
      if (sends(broker).length === 2) request.link.end('cut');
      else confirm(request, 50n);
    });
    const result = client.send(sendRequest({ messages: [ours] }), patience);
    await clock.advance(RECONNECT_MS);
    expect(await result).toMatchObject({ baseOffset: 50n });
    expect(partition.polls.map(({ from }) => from)).toEqual([0n]);
    await client.stop();
  });

  test('at the beginning, if the partition ends before what we know', async () => {
    const { client, broker, clock } = await openClient();
    const partition = new Partition();
    partition.serve(broker, (request) => confirm(request, 41n));
    await client.send(sendRequest(), patience);
    partition.messages = [foreign, ours];
    partition.serve(broker, (request) => request.link.end('cut'));
    const result = client.send(sendRequest({ messages: [ours] }), patience);
    await clock.advance(RECONNECT_MS);
    expect(await result).toEqual({ partitionId: 0, baseOffset: 1n });
    await client.stop();
  });

  test('so many messages before the end at most', async () => {
    const { client, clock, partition, result } = await cutSend([ours, ...TOO_MANY.slice(1)]);
    await clock.advance(RECONNECT_MS);
    expect(partition.polls[1]?.from).toBe(1n);
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await client.stop();
  });
});

describe('where more was stored than is looked through', () => {
  /** The broker's clock when it stored what `cut-send.ts` shows, and by how much it may be ahead. */
  const STORED_MICROS = 7n;
  const CLOCKS_APART_MICROS = 60_000_000n;
  const sentAt = (originTimestampMicros: bigint) => [{ ...ours, originTimestampMicros }];

  test('nothing is written again: the broker may have it, and have forgotten its number', async () => {
    const sent = sentAt(STORED_MICROS + CLOCKS_APART_MICROS);
    const { client, broker, clock, result } = await cutSend(TOO_MANY, { sent });
    await clock.advance(RECONNECT_MS);
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    expect(sends(broker)).toHaveLength(1);
    await client.stop();
  });

  test('nor if one message of several may be as old as what was left out', async () => {
    const [old] = sentAt(STORED_MICROS);
    const [recent] = sentAt(STORED_MICROS + CLOCKS_APART_MICROS + 1n);
    const sent = [old ?? ours, recent ?? ours];
    const { client, broker, clock, result } = await cutSend(TOO_MANY, { sent });
    await clock.advance(RECONNECT_MS);
    await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
    expect(sends(broker)).toHaveLength(1);
    await client.stop();
  });

  test('it is written again if all since the last message known was looked through', async () => {
    const { client, broker, clock } = await openClient();
    const partition = new Partition();
    partition.messages = TOO_MANY;
    partition.serve(broker, (request) => confirm(request, 0n));
    await client.send(sendRequest(), patience);
    partition.serve(broker, (request) => {
      if (sends(broker).length === 2) request.link.end('cut');
      else confirm(request, 77n);
    });
    const result = client.send(sendRequest({ messages: [ours] }), patience);
    await clock.advance(RECONNECT_MS);
    expect(await result).toMatchObject({ baseOffset: 77n });
    expect(sends(broker)).toHaveLength(3);
    await client.stop();
  });

  test('it is written again if some of what is shown is older than it', async () => {
    const sent = sentAt(STORED_MICROS + CLOCKS_APART_MICROS + 1n);
    const { client, broker, clock, result } = await cutSend(TOO_MANY, { sent });
    await clock.advance(RECONNECT_MS);
    expect(await result).toMatchObject({ baseOffset: 77n });
    expect(sends(broker)).toHaveLength(2);
    await client.stop();
  });
});

test('what is lost is recovered before its slot takes anything else', async () => {
  const { client, broker, clock, result } = await cutSend([]);
  const other = client.send(
    sendRequest({ partitioning: { kind: 'partition', partitionId: 1 } }),
    patience,
  );
  await clock.advance(RECONNECT_MS);
  await Promise.all([result, other]);
  expect(sends(broker).map(({ header }) => header.request)).toEqual([1n, 1n, 2n]);
  await client.stop();
});

test('under a new client id nothing is written again: only what is shown is known', async () => {
  const { client, broker, clock, result } = await cutSend([foreign]);
  const { onLogin } = broker;
  broker.onLogin = (login) => {
    broker.onLogin = onLogin;
    login.evict(EvictionReason.SessionError);
  };
  await clock.advance(10 * RECONNECT_MS);
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(sends(broker)).toHaveLength(1);
  await client.stop();
});

test.each([
  ['refuses the read', (request: ScriptedRequest) => request.deny(STATUS.Unauthorized)],
  ['answers nonsense', (request: ScriptedRequest) => request.acceptPayload(Buffer.alloc(3))],
])('a broker that %s leaves the outcome unknown', async (_, answer) => {
  const { client, broker, clock, result } = await cutSend([]);
  broker.onRequest = answer;
  await clock.advance(RECONNECT_MS);
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(sends(broker)).toHaveLength(1);
  await client.stop();
});

test('a copy that is answered with nonsense leaves the outcome unknown', async () => {
  const { client, broker, clock, partition, result } = await cutSend([]);
  partition.serve(broker, (request) => request.acceptPayload(Buffer.alloc(3)));
  await clock.advance(RECONNECT_MS);
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  expect(sends(broker)).toHaveLength(2);
  await client.stop();
});

test('a copy that is denied leaves the outcome unknown: the first one may be stored', async () => {
  const { client, broker, clock, partition, result } = await cutSend([]);
  partition.serve(broker, (request) => request.deny(STATUS.ResourceNotFound));
  await clock.advance(RECONNECT_MS);
  await expect(result).rejects.toMatchObject({ kind: 'outcome-unknown' });
  await client.stop();
});
