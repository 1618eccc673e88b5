import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import { newDataDir, startGatewayProcess, until } from '../support/spawn-gateway.ts';

const SENDERS = 8;
const ACKNOWLEDGED_BEFORE_KILL = 400;
const PARTITIONS = 3;
const STREAM = '/streams/load/topics/events/messages';

interface Acknowledged {
  id: string;
  partition: number;
  offset: number;
}

/** Sends one event after the other until the connection breaks; collects what was answered with 201. */
async function sendUntilCut(url: string, sender: number, into: Acknowledged[]): Promise<void> {
  for (;;) {
    const id = randomUUID();
    const event = {
      id,
      event_type: 'load',
      timestamp: '2026-01-01T00:00:00Z',
      payload: { type: 'Generic', data: { sender } },
    };
    const answer = await post(url, STREAM, { event, partition_key: `sender-${sender}` }).catch(
      () => undefined,
    );
    if (answer === undefined) return;
    expect(answer.status).toBe(201);
    const { partition_id: partition, offset } = answer.body as {
      partition_id: number;
      offset: number;
    };
    into.push({ id, partition, offset });
  }
}

async function post(
  url: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** Every event id of a partition in order of its offsets. */
async function readAll(url: string, partition: number): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const page = await fetch(
      `${url}${STREAM}?partition_id=${partition}&offset=${ids.length}&count=100`,
    );
    const { messages } = (await page.json()) as {
      messages: { offset: number; event: { id: string } }[];
    };
    if (messages.length === 0) return ids;
    for (const { offset, event } of messages) {
      expect(offset).toBe(ids.length);
      ids.push(event.id);
    }
  }
}

test('after kill -9 under load every acknowledged message is there, once, at its offset, in order', async () => {
  const env = { EMBEDDED_BROKER_DATA_DIR: newDataDir(), LOG_LEVEL: 'info' };
  const first = await startGatewayProcess({ env });
  await until(async () => (await fetch(`${first.url}/ready`)).status === 200);
  await post(first.url, '/streams', { name: 'load' });
  await post(first.url, '/streams/load/topics', { name: 'events', partitions: PARTITIONS });

  const perSender = Array.from({ length: SENDERS }, (): Acknowledged[] => []);
  const sending = perSender.map((into, sender) => sendUntilCut(first.url, sender, into));
  await until(() => perSender.flat().length >= ACKNOWLEDGED_BEFORE_KILL);
  first.kill('SIGKILL');
  await Promise.all(sending);
  expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

  const second = await startGatewayProcess({ env });
  await until(async () => (await fetch(`${second.url}/ready`)).status === 200);
  const stored = await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => readAll(second.url, partition)),
  );

  const everything = stored.flat();
  expect(new Set(everything).size, 'nothing is there twice').toBe(everything.length);
  for (const acknowledged of perSender) {
    for (const { id, partition, offset } of acknowledged) {
      expect(stored[partition]?.[offset]).toBe(id);
    }
    // One sender waits for each answer, so its offsets must rise.
    const offsets = acknowledged.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  }
  // What was in flight at the kill may be there or not, but no more than that.
  expect(everything.length - perSender.flat().length).toBeLessThanOrEqual(SENDERS);

  second.kill('SIGTERM');
  expect(await second.exited).toEqual({ code: 0, signal: null });
});
