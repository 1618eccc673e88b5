import { describe, expect, test } from 'vitest';

import type { IggyClient, OffsetTarget } from '../../../src/iggy-client/port.ts';
import { STATUS } from '../../../src/iggy-protocol/index.ts';
import { loadVectors } from '../../support/vectors.ts';
import { openClient } from './open-client.ts';

const patience = { signal: new AbortController().signal };
const RECONNECT_MS = 1_000;

const requests = loadVectors<{ name: string; hex: string }>('vsr-0.11', 'requests');
const responses = loadVectors<{ name: string; hex: string }>('vsr-0.11', 'responses');

function official(vectors: readonly { name: string; hex: string }[], name: string): string {
  const found = vectors.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found.hex;
}

/** What the official vectors ask about. */
const target: OffsetTarget = { stream: 'orders', topic: 'events', partitionId: 0, consumerId: 0 };
const nothing = Buffer.alloc(0);

test('an offset is asked for in the official bytes, and told', async () => {
  const { client, broker } = await openClient();
  const reply = Buffer.from(official(responses, 'get_consumer_offset/0'), 'hex');
  broker.onRequest = (request) => request.acceptPayload(reply);
  expect(await client.getConsumerOffset(target, patience)).toEqual({
    storedOffset: reply.readBigUInt64LE(12),
    currentOffset: reply.readBigUInt64LE(4),
  });
  expect(broker.last.body.toString('hex')).toBe(official(requests, 'get_consumer_offset/0'));
  await client.stop();
});

test('where nothing is stored there is none', async () => {
  const { client, broker } = await openClient();
  broker.onRequest = (request) => request.acceptPayload(nothing);
  expect(await client.getConsumerOffset(target, patience)).toBeUndefined();
  await client.stop();
});

test('storing and deleting are written in the official bytes', async () => {
  const { client, broker } = await openClient();
  broker.onRequest = (request) => request.acceptPayload(nothing);
  await client.storeConsumerOffset(target, 0n, patience);
  expect(broker.last.body.toString('hex')).toBe(official(requests, 'store_consumer_offset/0'));
  await client.deleteConsumerOffset(target, patience);
  expect(broker.last.body.toString('hex')).toBe(official(requests, 'delete_consumer_offset/0'));
  await client.stop();
});

describe('when the connection breaks', () => {
  test('reading is sent again', async () => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) =>
      broker.requests.length === 1 ? request.link.end('cut') : request.acceptPayload(nothing);
    const offset = client.getConsumerOffset(target, patience);
    await clock.advance(RECONNECT_MS);
    expect(await offset).toBeUndefined();
    expect(broker.requests).toHaveLength(2);
    await client.stop();
  });

  test.each<[string, (client: IggyClient) => Promise<unknown>]>([
    ['storing', (it) => it.storeConsumerOffset(target, 7n, patience)],
    ['deleting', (it) => it.deleteConsumerOffset(target, patience)],
  ])('%s that was written has an unknown outcome, and is not sent again', async (_, call) => {
    const { client, broker, clock } = await openClient();
    broker.onRequest = (request) => request.link.end('cut');
    await expect(call(client)).rejects.toMatchObject({ kind: 'outcome-unknown' });
    await clock.advance(60_000);
    expect(broker.requests).toHaveLength(1);
    await client.stop();
  });
});

test('a refusal carries the code of the broker', async () => {
  const { client, broker } = await openClient();
  broker.onRequest = (request) => request.deny(STATUS.InvalidOffset);
  await expect(client.storeConsumerOffset(target, 7n, patience)).rejects.toMatchObject({
    kind: 'refused',
    code: 4100,
  });
  await client.stop();
});
