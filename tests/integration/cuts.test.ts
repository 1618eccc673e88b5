import { randomUUID } from 'node:crypto';

import { beforeEach, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { fastClock } from '../support/fast-clock.ts';
import { type Direction, DIRECTIONS } from '../support/faults.ts';
import { type LinkedGateway, startLinkedGateway } from '../support/linked-gateway.ts';

const SPEED = 20;
const CUTS_PER_DIRECTION = 25;
const AWAY_CUTS_PER_DIRECTION = 5;
/** Of the gateway's time: long enough to write a send, too short for a broker that stays away. */
const AWAY_TIMEOUT_MS = 4000;

interface Answer {
  id: string;
  status: number;
  offset: number | undefined;
}

let gateway: LinkedGateway;
let topic: string;
/** Bytes of one send and of its reply. */
let exchange: Record<Direction, number>;

beforeEach(async () => {
  gateway = await startLinkedGateway({
    clock: fastClock(SPEED),
    connection: 'heartbeat_interval=1h',
    env: {
      // One session, so that the cut finds the send.
      CONNECTION_POOL_SIZE: '1',
      RECONNECT_MAX_DELAY_MS: '1000',
      // None: each send is tried.
      CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1000000',
    },
  });
  await untilReady();
  const stream = `test-${randomUUID()}`;
  await gateway.post('/streams', { name: stream });
  await gateway.post(`/streams/${stream}/topics`, { name: 'events', partitions: 1 });
  topic = `/streams/${stream}/topics/events`;
  expect((await send()).status).toBe(201);
  const before = { ...gateway.link.faults.carried };
  expect((await send()).status).toBe(201);
  const { carried } = gateway.link.faults;
  exchange = {
    'to-broker': carried['to-broker'] - before['to-broker'],
    'to-client': carried['to-client'] - before['to-client'],
  };
});

async function untilReady(): Promise<void> {
  const ready = async (): Promise<number> => (await gateway.fetch('/ready')).status;
  await expect.poll(ready, { interval: 5, timeout: 20_000 }).toBe(200);
}

async function send(timeoutMs = 30_000): Promise<Answer> {
  const event = anEvent();
  const headers = { 'x-request-timeout': String(timeoutMs) };
  const response = await gateway.post(`${topic}/messages`, { event }, headers);
  const { offset } = (await response.json()) as { offset?: number };
  return { id: event.id, status: response.status, offset };
}

/** Evenly spread over the exchange: nothing written, everything written, and in between. */
function positions(direction: Direction, count: number): number[] {
  const bytes = exchange[direction];
  return Array.from({ length: count }, (_, index) => Math.round((bytes * index) / (count - 1)));
}

/** The ids of the partition in order of their offsets, which have no gaps. */
async function stored(): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const response = await gateway.fetch(`${topic}/messages?offset=${ids.length}&count=100`);
    const { messages } = (await response.json()) as { messages: { event: { id: string } }[] };
    if (messages.length === 0) return ids;
    ids.push(...messages.map(({ event }) => event.id));
  }
}

/** The rule for sends (http-contract §3). */
function expectTruth(answers: readonly Answer[], ids: readonly string[]): void {
  for (const { id, status, offset } of answers) {
    const places = ids.flatMap((it, at) => (it === id ? [at] : []));
    if (status === 201) {
      expect(places, 'acknowledged: stored once').toHaveLength(1);
      if (offset !== undefined) expect(places).toEqual([offset]);
    } else if (status === 504) {
      expect(places.length, 'unknown: at most once').toBeLessThanOrEqual(1);
    } else {
      expect(places, `answered ${status}: not stored`).toEqual([]);
    }
  }
}

/** Whose answers a real server's lack of deduplication may cost (iggy-vsr-observed §1). */
const REAL_SERVER = process.env['IGGY_CONNECTION_STRING'] !== undefined;

test('a send cut at any of 50 places is stored once and acknowledged, for the broker is back in time', async () => {
  const answers: Answer[] = [];
  for (const direction of DIRECTIONS) {
    for (const position of positions(direction, CUTS_PER_DIRECTION)) {
      gateway.link.faults.cut(direction, position);
      answers.push(await send());
      expect(gateway.link.faults.weather(direction).cut, 'the cut has struck').toBeUndefined();
    }
  }
  expect(answers).toHaveLength(50);
  expectTruth(answers, await stored());
  const others = answers.filter(({ status }) => status !== 201);
  expect(others.filter(({ status }) => !REAL_SERVER || status !== 504)).toEqual([]);
});

test('a send cut by a broker that stays away is answered in time, and by the truth', async () => {
  const { link } = gateway;
  const answers: Answer[] = [];
  for (const direction of DIRECTIONS) {
    for (const position of positions(direction, AWAY_CUTS_PER_DIRECTION)) {
      link.faults.cut(direction, position);
      // Who is connected stays so, until the cut.
      link.refuse();
      const cut = send(AWAY_TIMEOUT_MS);
      await expect.poll(() => link.openConnections, { interval: 1 }).toBe(0);
      answers.push(...(await Promise.all([cut, send(AWAY_TIMEOUT_MS)])));
      await link.heal();
      await untilReady();
    }
  }
  expectTruth(answers, await stored());
  // What was cut was written, and only the very last cut lets the whole reply through.
  const cut = [...Array.from({ length: 2 * AWAY_CUTS_PER_DIRECTION - 1 }, () => 504), 201];
  expect(answers.map(({ status }) => status)).toEqual(cut.flatMap((status) => [status, 503]));
});
