import { expect, test } from 'vitest';

import { commands, readRecords } from '../../src/iggy-protocol/index.ts';
import { batchOf, named, numbered } from '../support/broker-client.ts';
import { SocketClient } from '../support/socket-client.ts';
import { RestartingBroker } from '../support/spawn-broker.ts';

const ROUNDS = 50;
const TOPICS = ['replicated', 'persisted', 'mixed'] as const;
const WRITERS_PER_TOPIC = 3;
const PARTITIONS = 2;
const PAGE = 1000;
/** Acknowledged in a round before the kill: another number each time, so that it hits any moment. */
const storedBeforeKill = (round: number): number => 20 + ((round * 397) % 300);

const STRING = 2;

/** What one partition must hold: its acknowledged messages at their offsets. */
class Ledger {
  readonly acknowledged = new Map<bigint, string>();
  /** Sent and not answered: may be there, once. */
  readonly open = new Set<string>();
  /** Highest offset whose commit was acknowledged, or asked for. */
  committed = -1n;
  asked = -1n;
}

const ledgers = new Map<string, Ledger>();
let acknowledgedCount = 0;

function ledgerOf(topic: string, partition: number): Ledger {
  const key = `${topic}/${partition}`;
  const ledger = ledgers.get(key) ?? new Ledger();
  ledgers.set(key, ledger);
  return ledger;
}

/** Sends, and commits what it sent, one request after the other until the broker is gone. */
async function write(port: number, clientId: bigint, topic: string): Promise<void> {
  const client = await (await SocketClient.connect(port, clientId)).logIn();
  const partition = Number(clientId) % PARTITIONS;
  const ledger = ledgerOf(topic, partition);
  for (let number = 0; ; number += 1) {
    const text = `${clientId}-${number}`;
    ledger.open.add(text);
    const target = { stream: named('s'), topic: named(topic) };
    const sent = await tried(() =>
      client.done(commands.sendMessages, {
        ...target,
        partitioning: { kind: 'partition_id', value: partition },
        messagesCount: 1,
        batch: batchOf(text),
      }),
    );
    if (sent === undefined) return;
    const offset = sent.confirmations[0]?.baseOffset ?? -1n;
    ledger.open.delete(text);
    ledger.acknowledged.set(offset, text);
    acknowledgedCount += 1;
    // One writer of each partition commits: then its offsets only ever grow.
    if (clientId % BigInt(PARTITIONS * 2) >= BigInt(PARTITIONS)) continue;
    if (offset <= ledger.asked) continue;
    ledger.asked = offset;
    const consumer = { kind: 'consumer', id: numbered(1) } as const;
    const request = { ...target, consumer, partition, offset, ack: 1 } as const;
    const done = await tried(() => client.done(commands.storeConsumerOffset, request));
    if (done === undefined) return;
    if (offset > ledger.committed) ledger.committed = offset;
  }
}

/** Undefined once the broker has hung up. */
async function tried<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.message === 'there was no answer') return undefined;
    throw error;
  }
}

async function check(client: SocketClient, topic: string, partition: number): Promise<void> {
  const ledger = ledgerOf(topic, partition);
  const target = { stream: named('s'), topic: named(topic) };
  const consumer = { kind: 'consumer', id: numbered(1) } as const;
  const found = new Map<bigint, string>();
  for (let next = 0n; ;) {
    const { records, messagesCount } = await client.done(commands.pollMessages, {
      ...target,
      consumer,
      partition,
      strategy: { kind: 'offset', value: next },
      count: PAGE,
      autoCommit: false,
    });
    for (const { offset, payload } of readRecords(records)) {
      expect(offset, 'offsets are dense').toBe(next);
      found.set(offset, payload.toString());
      next += 1n;
    }
    if (messagesCount < PAGE) break;
  }
  for (const [offset, text] of ledger.acknowledged) expect(found.get(offset)).toBe(text);
  expect(new Set(found.values()).size, 'nothing is doubled').toBe(found.size);
  for (const [offset, text] of found) {
    if (ledger.acknowledged.has(offset)) continue;
    expect(ledger.open.delete(text), 'what nobody sent').toBe(true);
    ledger.acknowledged.set(offset, text);
  }
  ledger.open.clear();

  const stored = await client.done(commands.getConsumerOffset, { ...target, consumer, partition });
  const storedOffset = stored?.storedOffset ?? -1n;
  expect(storedOffset).toBeGreaterThanOrEqual(ledger.committed);
  expect(storedOffset).toBeLessThanOrEqual(ledger.asked);
  ledger.committed = storedOffset;
  ledger.asked = storedOffset;
}

async function createTopics(client: SocketClient): Promise<void> {
  await client.done(commands.createStream, { name: 's', options: [] });
  for (const name of TOPICS) {
    const text = (key: string, value: string) => ({ key, kind: STRING, value: Buffer.from(value) });
    const options = [
      text('durability', name === 'replicated' ? 'replicated' : 'persisted'),
      text('consumer_offset_durability', name === 'persisted' ? 'persisted' : 'replicated'),
    ];
    const topic = { stream: named('s'), name, partitionsCount: PARTITIONS, options };
    await client.done(commands.createTopic, topic);
  }
}

test(`${ROUNDS} rounds of kill -9: nothing acknowledged is lost or doubled, no offset goes back`, async () => {
  const broker = await RestartingBroker.start();
  await createTopics(await (await SocketClient.connect(broker.port)).logIn());
  let nextClientId = 100n;
  for (let round = 0; round < ROUNDS; round += 1) {
    const enough = acknowledgedCount + storedBeforeKill(round);
    const writers = TOPICS.flatMap((topic) =>
      Array.from({ length: WRITERS_PER_TOPIC }, () => write(broker.port, nextClientId++, topic)),
    );
    const all = Promise.all(writers);
    await Promise.race([all, reached(() => acknowledgedCount >= enough)]);
    await broker.kill();
    await all;
    await broker.start();
    const reader = await (await SocketClient.connect(broker.port, nextClientId++)).logIn();
    for (const topic of TOPICS) {
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        await check(reader, topic, partition);
      }
    }
    reader.socket.destroy();
  }
  console.log(`${acknowledgedCount} messages acknowledged in ${ROUNDS} rounds`);
});

async function reached(isEnough: () => boolean): Promise<void> {
  while (!isEnough()) await new Promise((resolve) => setImmediate(resolve));
}
