import { beforeEach, describe, expect, test } from 'vitest';

import type { Duplex } from '../src/iggy-client/connection/duplex.ts';
import { FakeClock } from './support/fake-clock.ts';
import { type Direction, DIRECTIONS, type Faults } from './support/faults.ts';
import { faultyDial } from './support/faulty-dial.ts';
import { type MemoryLink, MemoryNetwork } from './support/memory-duplex.ts';

const DELAY_MS = 50;
const TEXT = 'abcdefgh';

/** One connection through the faults, and everything that either side was told. */
interface Ends {
  client: Duplex;
  link: MemoryLink;
  broker: string[];
  heard: string[];
  say(direction: Direction, text: string): void;
  /** The chunks that have arrived that way. */
  arrived(direction: Direction): string[];
}

let clock: FakeClock;
let network: MemoryNetwork;
let faults: Faults;
let open: () => Promise<Ends>;

beforeEach(() => {
  clock = new FakeClock();
  network = new MemoryNetwork();
  const faulty = faultyDial(network.dial, clock);
  faults = faulty.faults;
  open = async () => {
    const heard: string[] = [];
    const broker: string[] = [];
    const client = faulty.dial(
      { host: 'broker', port: 1 },
      {
        opened: () => heard.push('opened'),
        received: (chunk) => heard.push(chunk.toString()),
        closed: ({ error }) => heard.push(`closed: ${error.message}`),
      },
    );
    await clock.settle();
    const link = network.links.at(-1);
    if (link === undefined) throw new Error('nothing was dialed');
    link.onReceive = (bytes) => broker.push(bytes.toString());
    return {
      client,
      link,
      broker,
      heard,
      say: (direction, text) =>
        direction === 'to-broker' ? client.write(Buffer.from(text)) : link.send(Buffer.from(text)),
      arrived: (direction) =>
        direction === 'to-broker'
          ? broker
          : heard.filter((word) => word !== 'opened' && !word.startsWith('closed')),
    };
  };
});

test('without a fault everything arrives as it was cut, and both ends are heard', async () => {
  const ends = await open();
  ends.say('to-broker', 'ab');
  ends.say('to-broker', 'c');
  ends.say('to-client', 'xy');
  ends.link.end('enough');
  await clock.settle();
  expect(ends.broker).toEqual(['ab', 'c']);
  expect(ends.heard).toEqual(['opened', 'xy', 'closed: enough']);
  expect(faults.connections.size).toBe(0);

  const second = await open();
  second.client.destroy();
  expect(network.openLinks).toBe(0);
  expect(faults.connections.size).toBe(0);
});

describe.each(DIRECTIONS)('%s', (direction) => {
  test.each([0, 1, 5, 8])('a cut after %i bytes delivers those, and ends it', async (bytes) => {
    const ends = await open();
    ends.say(direction, 'before');
    await clock.settle();
    faults.cut(direction, bytes);
    ends.say(direction, TEXT.slice(0, 3));
    ends.say(direction, TEXT.slice(3));
    ends.say(direction, 'never');
    await clock.settle();
    expect(ends.arrived(direction).join('')).toBe(`before${TEXT.slice(0, bytes)}`);
    expect(ends.heard.at(-1)).toBe('closed: cut by the faulty link');
    expect(ends.heard.filter((word) => word.startsWith('closed'))).toHaveLength(1);
    expect(network.openLinks).toBe(0);
    expect(faults.struck[direction]).toBe(1);

    const next = await open();
    next.say(direction, TEXT);
    await clock.settle();
    expect(next.arrived(direction), 'it strikes once').toEqual([TEXT]);
  });

  test('a cut counts the bytes of each connection for itself', async () => {
    const [first, second] = [await open(), await open()];
    faults.cut(direction, 4);
    first.say(direction, 'abc');
    second.say(direction, 'abcdef');
    await clock.settle();
    expect(first.arrived(direction)).toEqual(['abc']);
    expect(first.heard).not.toContain('closed: cut by the faulty link');
    expect(second.arrived(direction)).toEqual(['abcd']);
  });

  test('one bit of one byte is flipped', async () => {
    const ends = await open();
    faults.corrupt(direction, 3, 1);
    ends.say(direction, 'aaa');
    ends.say(direction, 'aaa');
    ends.say(direction, 'aaaaaa');
    await clock.settle();
    expect(ends.arrived(direction)).toEqual(['aaa', 'caa', 'aaaaaa']);
    expect(faults.struck.corrupt).toBe(1);
  });

  test('each chunk is late, and they stay in order', async () => {
    const ends = await open();
    faults.delay(DELAY_MS, direction);
    ends.say(direction, 'a');
    await clock.advance(DELAY_MS / 2);
    ends.say(direction, 'b');
    await clock.settle();
    faults.delay(0);
    ends.say(direction, 'c');
    await clock.advance(DELAY_MS / 2 - 1);
    expect(ends.arrived(direction)).toEqual([]);
    await clock.advance(1);
    expect(ends.arrived(direction)).toEqual(['a']);
    await clock.advance(DELAY_MS / 2);
    expect(ends.arrived(direction)).toEqual(['a', 'b', 'c']);
    expect(clock.pendingTimers).toBe(0);
  });

  test('bytes trickle one by one', async () => {
    const ends = await open();
    faults.trickle(10, direction);
    ends.say(direction, 'abc');
    await clock.advance(10);
    expect(ends.arrived(direction)).toEqual(['a', 'b']);
    await clock.advance(10);
    expect(ends.arrived(direction)).toEqual(['a', 'b', 'c']);
    faults.trickle(0, direction);
    ends.say(direction, 'de');
    await clock.advance(10);
    expect(ends.arrived(direction)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a stall holds what is written until it ends', async () => {
    const before = await open();
    faults.stall(direction);
    const after = await open();
    for (const ends of [before, after]) ends.say(direction, TEXT);
    await clock.advance(60_000);
    for (const ends of [before, after]) {
      expect(ends.heard[0]).toBe('opened');
      expect(ends.arrived(direction)).toEqual([]);
    }
    faults.heal();
    await clock.settle();
    for (const ends of [before, after]) expect(ends.arrived(direction)).toEqual([TEXT]);
  });

  test('half-open, a connection swallows what is written that way, and a new one does not', async () => {
    const before = await open();
    faults.halfOpen(direction);
    const after = await open();
    for (const ends of [before, after]) {
      for (const each of DIRECTIONS) ends.say(each, TEXT);
    }
    await clock.advance(60_000);
    for (const each of DIRECTIONS) {
      expect(before.arrived(each)).toEqual(each === direction ? [] : [TEXT]);
      expect(after.arrived(each)).toEqual([TEXT]);
    }
    expect(before.heard.join()).not.toContain('closed');
  });
});

test('of a half-open link neither side hears that the other has ended, until it heals', async () => {
  const [left, ended, whole] = [await open(), await open(), await open()];
  faults.halfOpen();
  left.client.destroy();
  ended.link.end('the far side is gone');
  await clock.settle();
  expect(left.link.isOpen).toBe(true);
  expect(ended.heard).toEqual(['opened']);
  faults.heal();
  await clock.settle();
  expect(left.link.isOpen).toBe(false);
  expect(left.heard).toEqual(['opened']);
  for (const { heard } of [ended, whole]) {
    expect(heard).toEqual(['opened', 'closed: half-open: nobody is there']);
  }
  expect(faults.connections.size).toBe(0);
});

test('what the client wrote before it hung up still arrives, however late', async () => {
  const ends = await open();
  faults.delay(DELAY_MS);
  ends.say('to-broker', TEXT);
  ends.client.destroy();
  ends.say('to-client', 'nobody is there');
  await clock.advance(DELAY_MS);
  expect(ends.broker).toEqual([TEXT]);
  expect(ends.heard).toEqual(['opened']);
  expect(network.openLinks).toBe(0);
});

test('while it refuses, the far side sees no connection, and those that are there stay', async () => {
  const ends = await open();
  faults.refuse();
  const heard = await refusal();
  expect(heard).toEqual(['closed: connection to broker:1: not reached (ECONNREFUSED)']);
  ends.say('to-client', TEXT);
  await clock.settle();
  expect(ends.arrived('to-client')).toEqual([TEXT]);
  faults.heal();
  expect((await open()).heard).toEqual(['opened']);
});

async function refusal(): Promise<string[]> {
  const links = network.links.length;
  const heard = (await open()).heard;
  expect(network.links).toHaveLength(links);
  return heard;
}

test('a reset ends what is there, with nothing that is still on its way, and no timer is left', async () => {
  const ends = await open();
  faults.delay(DELAY_MS);
  ends.say('to-client', TEXT);
  ends.say('to-broker', TEXT);
  await clock.settle();
  faults.reset();
  expect(ends.heard, 'never during a call').toEqual(['opened']);
  await clock.advance(DELAY_MS);
  expect(ends.heard).toEqual(['opened', 'closed: reset by the faulty link']);
  expect(ends.broker).toEqual([]);
  expect(network.openLinks).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});
