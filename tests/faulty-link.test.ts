import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

import { FakeClock } from './support/fake-clock.ts';
import { type Direction, DIRECTIONS } from './support/faults.ts';
import { type FaultyLink, startFaultyLink } from './support/faulty-link.ts';

const TEXT = 'abcdefgh';
const DELAY_MS = 50;

/** One side of a connection, and what it was told. */
interface End {
  socket: Socket;
  chunks: string[];
  /** `end`: the other side writes no more. Then `close`, or the code of an error. */
  ends: string[];
}

let clock: FakeClock;
let link: FaultyLink;
let accepted: End[];

beforeEach(async () => {
  clock = new FakeClock();
  accepted = [];
  const broker = createServer({ allowHalfOpen: true }, (socket) => accepted.push(watch(socket)));
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  onTestFinished(() => void broker.close());
  link = await startFaultyLink((broker.address() as AddressInfo).port, clock);
});

function watch(socket: Socket): End {
  const end: End = { socket, chunks: [], ends: [] };
  socket.on('data', (chunk) => end.chunks.push(String(chunk)));
  socket.on('end', () => end.ends.push('end'));
  socket.on('error', (error) => end.ends.push('code' in error ? String(error.code) : 'error'));
  socket.on('close', () => end.ends.push('close'));
  onTestFinished(() => void socket.destroy());
  return end;
}

interface Pair {
  client: End;
  broker: End;
  /** Who writes, and who reads, in this direction. */
  ways: Record<Direction, { from: End; to: End }>;
}

async function open(): Promise<Pair> {
  const before = accepted.length;
  const socket = connect({ port: link.port, host: '127.0.0.1', allowHalfOpen: true });
  const client = watch(socket);
  await once(socket, 'connect');
  await poll(() => accepted.length).toBe(before + 1);
  const broker = accepted[before];
  if (broker === undefined) throw new Error('nobody came');
  const ways = {
    'to-broker': { from: client, to: broker },
    'to-client': { from: broker, to: client },
  };
  return { client, broker, ways };
}

function poll<T>(read: () => T) {
  return expect.poll(read, { interval: 5 });
}

function text({ chunks }: End): string {
  return chunks.join('');
}

test('without a fault bytes and ends pass, each direction for itself', async () => {
  const { client, broker } = await open();
  client.socket.end(TEXT);
  await poll(() => broker.ends).toEqual(['end']);
  expect(text(broker)).toBe(TEXT);
  broker.socket.end('the answer');
  await poll(() => client.ends).toEqual(['end', 'close']);
  expect(text(client)).toBe('the answer');
  await poll(() => link.openConnections).toBe(0);
});

describe.each(DIRECTIONS)('%s', (direction) => {
  test.each([0, 1, 5, 8])('a cut after %i bytes delivers those, and ends it', async (bytes) => {
    const { ways, client, broker } = await open();
    const { from, to } = ways[direction];
    from.socket.write('before');
    await poll(() => text(to)).toBe('before');
    link.faults.cut(direction, bytes);
    from.socket.write(TEXT);
    await poll(() => [client.ends, broker.ends].every((it) => it.length > 0)).toBe(true);
    expect(text(to)).toBe(`before${TEXT.slice(0, bytes)}`);
    expect(to.ends[0], 'not a reset, which could cost the last bytes').toBe('end');
    expect(link.faults.struck[direction]).toBe(1);
  });

  test('a stall holds what is written until it ends', async () => {
    const { ways } = await open();
    const { from, to } = ways[direction];
    link.faults.stall();
    from.socket.write(TEXT);
    const later = await open();
    later.ways[direction].from.socket.write(TEXT);
    await clock.advance(60_000);
    for (const end of [to, later.ways[direction].to]) expect(end).toMatchObject({ chunks: [] });
    await link.heal();
    for (const end of [to, later.ways[direction].to]) {
      await poll(() => text(end)).toBe(TEXT);
    }
  });

  test('one side is told of an end, and the other is not', async () => {
    const { ways } = await open();
    const { from, to } = ways[direction];
    link.fin(direction);
    await poll(() => to.ends).toEqual(['end']);
    expect(from.ends).toEqual([]);
    to.socket.write('still here');
    await poll(() => text(from)).toBe('still here');
  });

  test('half-open, a connection swallows what is written that way, and the end, until it heals', async () => {
    const { ways, client, broker } = await open();
    link.faults.halfOpen(direction);
    ways[direction].from.socket.end(TEXT);
    const other = direction === 'to-broker' ? 'to-client' : 'to-broker';
    ways[other].from.socket.write('the other way');
    await poll(() => text(ways[other].to)).toBe('the other way');
    expect(ways[direction].to).toMatchObject({ chunks: [], ends: [] });
    const later = await open();
    later.ways[direction].from.socket.write(TEXT);
    await poll(() => text(later.ways[direction].to)).toBe(TEXT);
    await link.heal();
    await poll(() => [client, broker].every(({ ends }) => ends.includes('ECONNRESET'))).toBe(true);
    expect(later.client.ends).toEqual([]);
  });

  test('late bytes and trickling ones arrive when the clock says so', async () => {
    const { ways } = await open();
    const { from, to } = ways[direction];
    link.faults.delay(DELAY_MS, direction);
    link.faults.trickle(10, direction);
    from.socket.write('abc');
    await poll(() => clock.pendingTimers).toBe(1);
    expect(to.chunks).toEqual([]);
    for (const [afterMs, arrived] of [
      [DELAY_MS, ['a']],
      [10, ['a', 'b']],
      [10, ['a', 'b', 'c']],
    ] as const) {
      await clock.advance(afterMs);
      await poll(() => to.chunks).toEqual(arrived);
    }
  });
});

test('while it refuses nobody listens, and what is there stays; then the port is the same', async () => {
  const { client, broker } = await open();
  const { port } = link;
  link.refuse();
  const [error] = await once(connect({ port, host: '127.0.0.1' }), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  client.socket.write(TEXT);
  await poll(() => text(broker)).toBe(TEXT);
  await link.heal();
  expect(link.port).toBe(port);
  await open();
});

test('a reset is one, for both sides', async () => {
  const { client, broker } = await open();
  link.faults.reset();
  await poll(() => client.ends).toEqual(['ECONNRESET', 'close']);
  await poll(() => broker.ends).toEqual(['ECONNRESET', 'close']);
});

test.each(DIRECTIONS)('a reset ends what is just ending %s', async (direction) => {
  await open();
  link.fin(direction);
  link.faults.reset();
  await poll(() => link.openConnections).toBe(0);
});

test('without a broker behind it, whoever connects is reset', async () => {
  const deaf = await startFaultyLink(1, clock);
  const client = watch(connect({ port: deaf.port, host: '127.0.0.1' }));
  await poll(() => client.ends).toEqual(['ECONNRESET', 'close']);
  expect(deaf.openConnections).toBe(0);
});

test('once stopped, no socket and no timer is left, whatever was on its way', async () => {
  const { client, broker } = await open();
  link.faults.delay(DELAY_MS);
  client.socket.write(TEXT);
  broker.socket.write(TEXT);
  await poll(() => clock.pendingTimers).toBe(2);
  await link.stop();
  expect(clock.pendingTimers).toBe(0);
  expect(link.openConnections).toBe(0);
  await poll(() => client.ends).toEqual(['ECONNRESET', 'close']);
});
