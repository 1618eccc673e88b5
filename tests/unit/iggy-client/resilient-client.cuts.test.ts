import { expect, test } from 'vitest';

import { createIggyClient, type IggyClient } from '../../../src/iggy-client/index.ts';
import { IggyError } from '../../../src/iggy-client/errors.ts';
import { commands, readRecords } from '../../../src/iggy-protocol/index.ts';
import { named, numbered } from '../../support/broker-client.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { Direction, Faults } from '../../support/faults.ts';
import { faultyDial } from '../../support/faulty-dial.ts';
import { MemoryBroker } from '../../support/memory-broker.ts';
import { message, sendRequest } from './open-client.ts';

const DEADLINE_MS = 30_000;

interface World {
  readonly clock: FakeClock;
  readonly broker: MemoryBroker;
  readonly client: IggyClient;
  readonly faults: Faults;
}

/** The real client on the real core of the broker, with one message stored already. */
async function openWorld(): Promise<World> {
  const clock = new FakeClock();
  const broker = new MemoryBroker();
  const { dial, faults } = faultyDial(broker.network.dial, clock);
  const client = createIggyClient({
    addresses: [{ host: 'broker', port: 8090 }],
    credentials: { username: 'iggy', password: 'iggy' },
    software: { name: 'test', version: '1' },
    randomBytes: (count) => Buffer.alloc(count, 7),
    random: () => 0.5,
    clock,
    dial,
    poolSize: 1,
  });
  client.start();
  const patience = { signal: new AbortController().signal };
  await client.createStream('s', patience);
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, patience);
  await client.send(sendRequest({ messages: [message('before', 1n)] }), patience);
  return { clock, broker, client, faults };
}

async function sendWithDeadline({ client, clock }: World): Promise<string> {
  const controller = new AbortController();
  const deadline = clock.after(DEADLINE_MS, () => controller.abort(new Error('deadline')));
  const messages = [message('ours', 2n), message('ours too', 3n)];
  try {
    const { baseOffset } = await client.send(sendRequest({ messages }), controller);
    return `stored at ${baseOffset}`;
  } catch (error) {
    if (!(error instanceof IggyError)) throw error;
    return error.kind;
  } finally {
    deadline.cancel();
  }
}

function storedIn({ broker }: World): string[] {
  const { records } = broker.inProcess.client(99n).done(commands.pollMessages, {
    consumer: { kind: 'consumer', id: numbered(1) },
    stream: named('s'),
    topic: named('t'),
    partition: 0,
    strategy: { kind: 'first', value: 0n },
    count: 100,
    autoCommit: false,
  });
  return readRecords(records).map(({ payload }) => payload.toString());
}

async function close({ client, clock }: World): Promise<void> {
  const stopped = client.stop();
  await clock.advance(20_000);
  await stopped;
  expect(clock.pendingTimers).toBe(0);
}

/** Bytes of the whole exchange of one send, each way. */
async function measure(): Promise<Record<Direction, number>> {
  const world = await openWorld();
  const before = { ...world.faults.carried };
  expect(await sendWithDeadline(world)).toBe('stored at 1');
  const { carried } = world.faults;
  await close(world);
  return {
    'to-broker': carried['to-broker'] - before['to-broker'],
    'to-client': carried['to-client'] - before['to-client'],
  };
}

const exchange = await measure();
const directions: Direction[] = ['to-broker', 'to-client'];

test.each(directions)(
  'a send cut at any byte on its way %s is stored exactly once and says so, if the broker is back in time',
  async (direction) => {
    expect(exchange[direction]).toBeGreaterThan(256);
    for (let byte = 0; byte <= exchange[direction]; byte += 1) {
      const world = await openWorld();
      world.faults.cut(direction, byte);
      const sent = sendWithDeadline(world);
      await world.clock.advance(2_000);
      const where = `cut at byte ${byte} ${direction}`;
      expect(await sent, where).toBe('stored at 1');
      expect(storedIn(world), where).toEqual(['before', 'ours', 'ours too']);
      await close(world);
    }
  },
);

test.each(directions)(
  'a send cut at any byte on its way %s, with the broker restarted meanwhile, is stored exactly once and says so',
  async (direction) => {
    for (let byte = 0; byte <= exchange[direction]; byte += 1) {
      const world = await openWorld();
      world.faults.cut(direction, byte);
      const sent = sendWithDeadline(world);
      await world.clock.advance(500);
      world.broker.restart();
      await world.clock.advance(5_000);
      const where = `cut at byte ${byte} ${direction}`;
      expect(await sent, where).toBe('stored at 1');
      expect(storedIn(world), where).toEqual(['before', 'ours', 'ours too']);
      await close(world);
    }
  },
);

test.each(directions)(
  'a send cut at any byte on its way %s, with the broker away beyond the deadline, is stored at most once and never called not stored',
  async (direction) => {
    const outcomes = new Set<string>();
    for (let byte = 0; byte <= exchange[direction]; byte += 1) {
      const world = await openWorld();
      world.faults.cut(direction, byte);
      const sent = sendWithDeadline(world);
      await world.clock.advance(500);
      world.faults.refuse();
      await world.clock.advance(DEADLINE_MS);
      outcomes.add(await sent);
      world.faults.heal();
      await world.clock.advance(60_000);
      const copies = storedIn(world).filter((text) => text === 'ours').length;
      expect(copies, `cut at byte ${byte}`).toBeLessThanOrEqual(1);
      await close(world);
    }
    // Whole before the cut: its answer came.
    outcomes.delete('stored at 1');
    expect([...outcomes]).toEqual(['outcome-unknown']);
  },
);
