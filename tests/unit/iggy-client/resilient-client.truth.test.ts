import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { commands, decodeBody, EvictionReason, STATUS } from '../../../src/iggy-protocol/index.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import { Partition } from './cut-send.ts';
import { confirm, createClient, message, messagesOf, sendRequest, sentTo } from './open-client.ts';

/** How a broker may turn down what it has not stored. */
const REFUSALS = [
  'says 58',
  'says 58 and cuts later',
  'denies',
  'refuses',
  'evicts',
  'forgets the login',
] as const;
type Refusal = (typeof REFUSALS)[number];

const ACTS = [
  ...REFUSALS,
  'stores',
  'stores later',
  'stores and cuts',
  'stores and cuts later',
  'stores and says 57',
  'stores and talks nonsense',
  'says 57',
  'cuts',
] as const;
type Act = (typeof ACTS)[number];

const UNAUTHORIZED = 41;
const LATER_MS = 8;

/** Versions of brokers that tell a copy from a new request, and that do not (iggy-vsr-0.11 §1.5). */
const RECOGNISES_COPIES = { '0.9.0': true, '0.8.0': false } as const;
type Version = keyof typeof RECOGNISES_COPIES;

/** Does to each send what its script says, and stores the rest. */
class ActingBroker {
  readonly partitions = [new Partition(0), new Partition(1)];
  readonly #script: readonly Act[];
  readonly #clock: FakeClock;
  readonly #recognisesCopies: boolean;
  readonly #known = new Set<string>();
  #actsCount = 0;

  constructor(script: readonly Act[], clock: FakeClock, recognisesCopies: boolean) {
    this.#script = script;
    this.#clock = clock;
    this.#recognisesCopies = recognisesCopies;
  }

  take(request: ScriptedRequest): void {
    if (request.is(commands.pollMessages)) {
      const { partition } = decodeBody(commands.pollMessages.request, request.body);
      this.#partition(partition ?? 0).answer(request);
      return;
    }
    const act = this.#script[this.#actsCount] ?? 'stores';
    this.#actsCount += 1;
    if (isRefusal(act) && !this.#isKnown(request)) this.#refuse(request, act);
    else this.#act(request, act);
  }

  #refuse(request: ScriptedRequest, refusal: Refusal): void {
    switch (refusal) {
      case 'says 58':
        return request.deny(STATUS.TransientNotAccepted);
      case 'says 58 and cuts later':
        request.deny(STATUS.TransientNotAccepted);
        return this.#later(() => request.link.end('cut'));
      case 'denies':
        return request.deny(UNAUTHORIZED);
      case 'refuses':
        return request.reject(UNAUTHORIZED);
      case 'evicts':
        return request.evict(EvictionReason.NoSession);
      case 'forgets the login':
        return request.deny(STATUS.Unauthenticated);
    }
  }

  #act(request: ScriptedRequest, act: Act): void {
    switch (act) {
      case 'stores later':
        return this.#later(() => this.#answer(request));
      case 'stores and cuts':
        this.#store(request);
        return request.link.end('cut');
      case 'stores and cuts later':
        this.#store(request);
        return this.#later(() => request.link.end('cut'));
      case 'stores and says 57':
        this.#store(request);
        return request.deny(STATUS.TransientNotCommitted);
      case 'stores and talks nonsense':
        this.#store(request);
        return request.acceptPayload(Buffer.alloc(3));
      case 'says 57':
        return request.deny(STATUS.TransientNotCommitted);
      case 'cuts':
        return request.link.end('cut');
      case 'stores':
      // What it has stored it does not turn down any more.
      case 'says 58':
      case 'says 58 and cuts later':
      case 'denies':
      case 'refuses':
      case 'evicts':
      case 'forgets the login':
        return this.#answer(request);
    }
  }

  #later(work: () => void): void {
    this.#clock.after(LATER_MS, work);
  }

  #answer(request: ScriptedRequest): void {
    const baseOffset = this.#store(request);
    if (baseOffset === undefined) request.acceptPayload(Buffer.alloc(4));
    else confirm(request, baseOffset);
  }

  /** Returns where it is; not of a copy, whose place is not told (iggy-vsr-0.11 §2.9). */
  #store(request: ScriptedRequest): bigint | undefined {
    if (this.#isKnown(request)) return undefined;
    this.#known.add(keyOf(request));
    const partition = this.#partition(sentTo(request));
    const baseOffset = BigInt(partition.messages.length);
    for (const { id, payload, originTimestamp } of messagesOf(request)) {
      partition.messages.push({ id, payload, originTimestampMicros: originTimestamp });
    }
    return baseOffset;
  }

  #isKnown(request: ScriptedRequest): boolean {
    return this.#recognisesCopies && this.#known.has(keyOf(request));
  }

  #partition(id: number): Partition {
    const partition = this.partitions[id];
    assert(partition !== undefined);
    return partition;
  }
}

function isRefusal(act: Act): act is Refusal {
  return REFUSALS.some((refusal) => refusal === act);
}

function keyOf({ header }: ScriptedRequest): string {
  return `${header.client}/${header.request}`;
}

/** More than resends and recoveries of all that is on its way can take. */
const LONG_MS = 70_000;

const plannedSend = fc.record({
  atMs: fc.nat({ max: 40 }),
  partitionId: fc.nat({ max: 1 }),
  messagesCount: fc.integer({ min: 1, max: 3 }),
  /** Undefined: never. */
  givesUpAtMs: fc.option(fc.nat({ max: 100 }), { nil: undefined }),
  /** So many promises later: it may be between any two steps of the client. */
  hops: fc.nat({ max: 12 }),
});

const plan = fc.record({
  sends: fc.array(plannedSend, { minLength: 1, maxLength: 40 }),
  script: fc.array(fc.constantFrom(...ACTS, 'stores', 'stores', 'says 58', 'stores later'), {
    maxLength: 30,
  }),
  /** While all that happens, or after it. */
  stopAtMs: fc.oneof(fc.nat({ max: 120 }), fc.constant(LONG_MS)),
  lingerMs: fc.constantFrom(0, 0, 2),
  poolSize: fc.integer({ min: 1, max: 3 }),
  serverVersion: fc.constantFrom<Version>('0.9.0', '0.9.0', '0.8.0'),
});
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;
type PlannedSend = Plan['sends'][number];

/** A send, and everything it was told. */
interface Call {
  readonly partitionId: number;
  /** Of its messages; they grow in the order of arrival. */
  readonly ids: readonly bigint[];
  settlements: number;
  baseOffset?: bigint | undefined;
  failure?: IggyError['kind'];
}

const STOP_DEADLINE_MS = 20;
const LOGOUT_DEADLINE_MS = 5;

function createPlanned({ poolSize, lingerMs, serverVersion, script }: Plan) {
  const opened = createClient({
    poolSize,
    batch: { messagesMax: 6, bytesMax: 1 << 20, callersMax: 4, lingerMs },
    breaker: { failureThreshold: 1_000_000, successThreshold: 1, openDurationMs: 1 },
    reconnect: { baseMs: 5, maxMs: 10, attemptsMax: 0 },
    replyDeadlineMs: 200,
    pingDeadlineMs: 100,
    stopDeadlineMs: STOP_DEADLINE_MS,
    logoutDeadlineMs: LOGOUT_DEADLINE_MS,
  });
  const { broker, clock } = opened;
  const acting = new ActingBroker(script, clock, RECOGNISES_COPIES[serverVersion]);
  broker.serverVersion = serverVersion;
  broker.onRequest = (request) => acting.take(request);
  return { ...opened, acting };
}

type Opened = ReturnType<typeof createPlanned>;

function begin({ client, clock }: Opened, planned: PlannedSend, index: number): Call {
  const { atMs, partitionId, messagesCount, givesUpAtMs, hops } = planned;
  const ids = Array.from({ length: messagesCount }, (_, nth) => BigInt(10 * index + nth + 1));
  const call: Call = { partitionId, ids, settlements: 0 };
  const partitioning = { kind: 'partition', partitionId } as const;
  const messages = ids.map((id) => message(`payload ${id}`, id));
  const caller = new AbortController();
  clock.after(atMs, () => {
    void settle(call, client.send(sendRequest({ partitioning, messages }), caller));
  });
  if (givesUpAtMs !== undefined) {
    clock.after(givesUpAtMs, () => void hop(hops).then(() => caller.abort(new Error('gone'))));
  }
  return call;
}

async function settle(call: Call, result: ReturnType<Opened['client']['send']>): Promise<void> {
  try {
    const { baseOffset } = await result;
    call.baseOffset = baseOffset;
  } catch (error) {
    assert(error instanceof IggyError);
    call.failure = error.kind;
  }
  call.settlements += 1;
}

async function hop(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await Promise.resolve();
}

/** Returns how long the stop took. */
async function play({ client, clock }: Opened, stopAtMs: number): Promise<number> {
  await clock.advance(stopAtMs);
  let stoppedAtMs = Number.POSITIVE_INFINITY;
  const stopped = client.stop().then(() => (stoppedAtMs = clock.monotonicMs()));
  await clock.advance(LONG_MS);
  await stopped;
  return stoppedAtMs - stopAtMs;
}

function checkCall({ ids, settlements, baseOffset, failure }: Call, log: readonly bigint[]): void {
  assert.equal(settlements, 1);
  const [firstId] = ids;
  assert(firstId !== undefined);
  if (failure === 'outcome-unknown') return;
  if (failure !== undefined) {
    assert(!log.includes(firstId), `${failure}, and stored`);
    return;
  }
  const at = baseOffset === undefined ? log.indexOf(firstId) : Number(baseOffset);
  assert.deepEqual(log.slice(at, at + ids.length), ids);
}

test('whatever the broker does to batches, and whoever gives up when: each caller is told the truth', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (planned) => {
      const opened = createPlanned(planned);
      const { client, clock, acting } = opened;
      client.start();
      await clock.settle();
      const inOrder = planned.sends.toSorted((one, other) => one.atMs - other.atMs);
      const calls = inOrder.map((it, index) => begin(opened, it, index));
      const stopMs = await play(opened, planned.stopAtMs);

      expect(stopMs).toBeLessThanOrEqual(STOP_DEADLINE_MS + LOGOUT_DEADLINE_MS);
      expect(clock.pendingTimers).toBe(0);
      for (const [partitionId, { messages }] of acting.partitions.entries()) {
        const log = messages.map(({ id }) => id);
        for (const call of calls) if (call.partitionId === partitionId) checkCall(call, log);
        // Nothing twice, and in the order of arrival.
        if (!RECOGNISES_COPIES[planned.serverVersion]) continue;
        expect(log).toEqual([...new Set(log)].toSorted((one, other) => Number(one - other)));
      }
    }),
    { numRuns: 300 },
  );
});
