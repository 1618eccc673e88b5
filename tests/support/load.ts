import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import { until } from './spawn-gateway.ts';

const PARTITIONS = 3;

export const TOPIC = '/streams/load/topics/events';

/** What a sender was told with a 201. */
export interface Acknowledged {
  id: string;
  partition: number;
  offset: number;
}

/** Waits for the gateway at `url`, and makes the topic the load goes to if it is not there. */
export async function prepareLoad(url: string): Promise<void> {
  await until(async () => (await fetch(`${url}/ready`)).status === 200);
  if ((await fetch(`${url}${TOPIC}`)).ok) return;
  await post(`${url}/streams`, { name: 'load' });
  await post(`${url}/streams/load/topics`, { name: 'events', partitions: PARTITIONS });
}

/** Sends one event after the other under a key of its own, until the connection breaks. */
export async function sendUntilCut(
  url: string,
  sender: number,
  acknowledged: Acknowledged[],
): Promise<void> {
  for (;;) {
    const id = randomUUID();
    const response = await post(`${url}${TOPIC}/messages`, sendBody(id, sender)).catch(
      () => undefined,
    );
    if (response === undefined) return;
    expect(response.status).toBe(201);
    const { partition_id: partition, offset } = response.body as {
      partition_id: number;
      offset: number;
    };
    acknowledged.push({ id, partition, offset });
  }
}

/** One event of `sender`, under a key of its own. */
export function sendBody(id: string, sender: number) {
  const event = {
    id,
    event_type: 'load',
    timestamp: '2026-01-01T00:00:00Z',
    payload: { type: 'Generic', data: { sender } },
  };
  return { event, partition_key: `sender-${sender}` };
}

export async function post(url: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** The event ids of each partition, in order of their offsets, which have no gaps. */
export function readEverything(url: string): Promise<string[][]> {
  return Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => readPartition(url, partition)),
  );
}

async function readPartition(url: string, partition: number): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const query = `partition_id=${partition}&offset=${ids.length}&count=100`;
    const response = await fetch(`${url}${TOPIC}/messages?${query}`);
    const { messages } = (await response.json()) as {
      messages: { offset: number; event: { id: string } }[];
    };
    if (messages.length === 0) return ids;
    for (const { offset, event } of messages) {
      expect(offset).toBe(ids.length);
      ids.push(event.id);
    }
  }
}

/**
 * Every acknowledged message is there, once, at the offset it was acknowledged with, and a sender's in
 * the order it sent them. `inFlightMax`: how many more may be there, because their answers were cut off.
 */
export function expectNothingLost(
  stored: readonly string[][],
  perSender: readonly Acknowledged[][],
  inFlightMax: number,
): void {
  const everything = stored.flat();
  expect(new Set(everything).size, 'nothing is there twice').toBe(everything.length);
  for (const acknowledged of perSender) {
    expect(acknowledged.map(({ partition, offset }) => stored[partition]?.[offset])).toEqual(
      acknowledged.map(({ id }) => id),
    );
    const offsets = acknowledged.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  }
  const unacknowledged = everything.length - perSender.flat().length;
  expect(unacknowledged).toBeGreaterThanOrEqual(0);
  expect(unacknowledged).toBeLessThanOrEqual(inFlightMax);
}
