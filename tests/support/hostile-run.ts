import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { type FuzzGateway, openFuzzGateway } from '../../fuzz/gateway.ts';
import { checkAnswer } from '../../fuzz/oracle.ts';
import { exchange } from '../../fuzz/raw-client.ts';
import { type Dice, HOSTILE_KINDS, type HostileKind } from './hostile-requests.ts';

/** So many clients at once. */
const CLIENTS = 8;
const COLLECTIONS = 5;
const COLLECTION_PAUSE_MS = 20;

export interface HostileOutcome {
  /** Requests that were answered with a success. */
  accepted: number;
  /** What was wrong, with the kind of the request. */
  faults: readonly string[];
  /** Live memory after garbage collection, behind the first tenth of the requests and behind all. */
  heapGrowthBytes: number;
  /** Whether the gateway still serves afterwards. */
  healthy: boolean;
}

/** Attacks a gateway of its own with so many requests. The same seed makes the same requests. */
export async function runHostile(requests: number, seed: number): Promise<HostileOutcome> {
  const gateway = await openFuzzGateway();
  const dice = newDice(seed);
  const drawn = Array.from({ length: requests }, () => HOSTILE_KINDS[dice(HOSTILE_KINDS.length)]);
  const plan = drawn
    .filter((kind) => kind !== undefined)
    .map((kind) => ({ kind, seed: dice(2 ** 31) }));
  const warmUp = Math.ceil(requests / 10);
  const outcome = { accepted: 0, faults: [] as string[] };

  try {
    await attack(gateway, plan.slice(0, warmUp), outcome);
    const beforeBytes = await liveBytes(gateway);
    await attack(gateway, plan.slice(warmUp), outcome);
    const afterBytes = await liveBytes(gateway);
    const { status } = await gateway.ask(['GET /health HTTP/1.1']);
    return { ...outcome, heapGrowthBytes: afterBytes - beforeBytes, healthy: status === 200 };
  } finally {
    await gateway.stop();
  }
}

interface Planned {
  kind: HostileKind;
  seed: number;
}

async function attack(
  gateway: FuzzGateway,
  plan: readonly Planned[],
  outcome: { accepted: number; faults: string[] },
): Promise<void> {
  const left = [...plan];
  async function client(): Promise<void> {
    for (let next = left.pop(); next; next = left.pop()) {
      try {
        const accepted = await attackOnce(gateway, next);
        outcome.accepted += accepted;
      } catch (error) {
        outcome.faults.push(`${next.kind.name}: ${String(error)}`);
      }
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Returns how many successes there were: one or none. */
async function attackOnce({ port }: FuzzGateway, { kind, seed }: Planned): Promise<number> {
  const answers = await exchange(port, kind.make(newDice(seed)));
  const [answer] = answers;
  if (answers.length !== 1 || !answer) throw new Error(`there are ${answers.length} answers`);
  checkAnswer(answer);
  if (!kind.statuses.includes(answer.status)) {
    throw new Error(`answered with ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
  }
  return answer.status < 300 ? 1 : 0;
}

/** What the process holds on to; what the fake broker was given is no part of it. */
async function liveBytes({ client }: FuzzGateway): Promise<number> {
  client.forgetCalls();
  client.sends.length = 0;
  client.polls.length = 0;
  const call = { signal: new AbortController().signal };
  for (const { name } of await client.listStreams(call)) {
    for (const topic of (await client.listTopics(name, call)) ?? []) {
      await client.deleteTopic(name, topic.name, call);
      await client.createTopic(name, topic, call);
    }
  }
  return settledBytes();
}

/** What native objects hold on to is let go of some turns after they were collected. */
async function settledBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  let bytes = Infinity;
  for (let round = 0; round < COLLECTIONS; round += 1) {
    if (typeof collect === 'function') Reflect.apply(collect, undefined, []);
    await setTimeout(COLLECTION_PAUSE_MS);
    const { heapUsed, external } = process.memoryUsage();
    bytes = Math.min(bytes, heapUsed + external);
  }
  return bytes;
}

/** mulberry32: small, and the same everywhere. */
function newDice(seed: number): Dice {
  let state = seed;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}
