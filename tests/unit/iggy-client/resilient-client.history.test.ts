import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import type { PollRequest } from '../../../src/iggy-client/port.ts';
import {
  commands,
  decodeBody,
  EvictionReason,
  Operation,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import type { ScriptedRequest } from '../../support/scripted-broker.ts';
import { confirm, message, messagesOf, openClient, sendRequest, sentTo } from './open-client.ts';

const MOODS = [
  'answers',
  'is silent',
  'cuts',
  'stores and cuts',
  'says 58',
  'says 57',
  'stores and says 57',
  'talks nonsense',
  'evicts',
  'refuses',
] as const;
type Mood = (typeof MOODS)[number];

/** A broker in changing moods, which remembers what it stored, and for whom. */
class MoodyBroker {
  mood: Mood = 'answers';
  /** Message ids in order, by partition. */
  readonly stored = new Map<number, bigint[]>();
  /** The base offset of each batch. */
  readonly #batches = new Map<string, number>();
  readonly #held: ScriptedRequest[] = [];

  take(request: ScriptedRequest): void {
    switch (this.mood) {
      case 'answers':
        return this.#answer(request);
      case 'is silent':
        this.#held.push(request);
        return;
      case 'cuts':
        return request.link.end('cut');
      case 'stores and cuts':
        this.#store(request);
        return request.link.end('cut');
      case 'says 58':
        return request.deny(STATUS.TransientNotAccepted);
      case 'says 57':
        return request.deny(STATUS.TransientNotCommitted);
      case 'stores and says 57':
        this.#store(request);
        return request.deny(STATUS.TransientNotCommitted);
      case 'talks nonsense':
        this.#store(request);
        return request.link.send(Buffer.alloc(300, 1));
      case 'evicts':
        return request.evict(EvictionReason.NoSession);
      case 'refuses':
        return request.deny(STATUS.Unauthorized);
    }
  }

  /** What was held back is answered after all, where somebody still listens. */
  wakeUp(): void {
    for (const request of this.#held.splice(0)) if (request.link.isOpen) this.#answer(request);
  }

  #answer(request: ScriptedRequest): void {
    if (request.header.operation === Operation.SendMessages) {
      confirm(request, BigInt(this.#store(request)));
    } else {
      const { consumer } = decodeBody(commands.pollMessages.request, request.body);
      const currentOffset = consumer.id.kind === 'numeric' ? BigInt(consumer.id.value) : 0n;
      const page = { partition: 0, currentOffset, messagesCount: 0, records: Buffer.alloc(0) };
      request.accept(commands.pollMessages, page);
    }
  }

  /** Once per client and number, as the protocol has it (iggy-vsr-0.11 §2.9). Returns where it is. */
  #store(request: ScriptedRequest): number {
    const { operation, client, request: number } = request.header;
    if (operation !== Operation.SendMessages) return 0;
    const known = this.#batches.get(`${client}/${number}`);
    if (known !== undefined) return known;
    const partition = sentTo(request);
    const before = this.stored.get(partition) ?? [];
    this.#batches.set(`${client}/${number}`, before.length);
    this.stored.set(partition, [...before, ...messagesOf(request).map(({ id }) => id)]);
    return before.length;
  }
}

type Step =
  | { act: 'send'; partition: number; mood: Mood | undefined }
  | { act: 'poll' | 'wake up' | 'cut' | 'refuse a dial' | 'settle' }
  | { act: 'mood'; mood: Mood }
  | { act: 'abort'; which: number }
  | { act: 'advance'; spanMs: number };

const mood = fc.constantFrom(...MOODS);

function weighted(weight: number, arbitrary: fc.Arbitrary<Step>) {
  return { weight, arbitrary };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(
    6,
    fc.record({
      act: fc.constant('send' as const),
      partition: fc.nat({ max: 1 }),
      mood: fc.option(mood, { nil: undefined }),
    }),
  ),
  weighted(
    5,
    fc.record({
      act: fc.constantFrom(...(['poll', 'wake up', 'cut', 'refuse a dial', 'settle'] as const)),
    }),
  ),
  weighted(4, fc.record({ act: fc.constant('mood' as const), mood })),
  weighted(2, fc.record({ act: fc.constant('abort' as const), which: fc.nat({ max: 20 }) })),
  weighted(
    3,
    fc.record({
      act: fc.constant('advance' as const),
      spanMs: fc.constantFrom(10, 60, 1_500, 40_000),
    }),
  ),
);

/** One call of the client, and everything that became of it. */
interface Call {
  readonly id: bigint;
  /** Undefined for a poll. */
  readonly partition: number | undefined;
  readonly controller: AbortController;
  settlements: number;
  /** What the reply says: of a poll its own id, of a send the offset. */
  echo?: bigint | undefined;
  failure?: IggyError['kind'];
}

class World {
  readonly moody = new MoodyBroker();
  readonly calls: Call[] = [];
  readonly #opened: Awaited<ReturnType<typeof openClient>>;

  constructor(opened: Awaited<ReturnType<typeof openClient>>) {
    this.#opened = opened;
    opened.broker.onRequest = (request) => this.moody.take(request);
  }

  async take(it: Step): Promise<void> {
    const { broker, clock } = this.#opened;
    switch (it.act) {
      case 'send':
        this.moody.mood = it.mood ?? this.moody.mood;
        return this.#begin(it.partition);
      case 'poll':
        return this.#begin(undefined);
      case 'mood':
        this.moody.mood = it.mood;
        return;
      case 'wake up':
        return this.moody.wakeUp();
      case 'cut':
        return broker.network.links.findLast(({ isOpen }) => isOpen)?.end('cut');
      case 'refuse a dial':
        return this.#refuseOneDial();
      case 'abort':
        return this.calls[it.which % Math.max(1, this.calls.length)]?.controller.abort();
      case 'settle':
        return clock.settle();
      case 'advance':
        return clock.advance(it.spanMs);
    }
  }

  /** A poll is answered with its consumer's id as offset, a send with its message's. */
  #begin(partition: number | undefined): void {
    const id = BigInt(this.calls.length + 1);
    const controller = new AbortController();
    const call: Call = { id, partition, controller, settlements: 0 };
    this.calls.push(call);
    void this.#settle(
      call,
      partition === undefined ? this.#poll(call) : this.#send(call, partition),
    );
  }

  async #settle(call: Call, answer: Promise<bigint | undefined>): Promise<void> {
    try {
      call.echo = await answer;
    } catch (error) {
      assert(error instanceof IggyError);
      call.failure = error.kind;
    }
    call.settlements += 1;
  }

  async #poll({ id, controller }: Call): Promise<bigint> {
    const consumerId = Number(id);
    const target = { stream: 's', topic: 't', partitionId: 0 };
    const from = { kind: 'next' } as const;
    const request: PollRequest = { ...target, consumerId, from, count: 1, autoCommit: false };
    const page = await this.#opened.client.poll(request, controller);
    return page.currentOffset;
  }

  async #send({ id, controller }: Call, partitionId: number): Promise<bigint | undefined> {
    const partitioning = { kind: 'partition', partitionId } as const;
    const request = sendRequest({ partitioning, messages: [message('m', id)] });
    const { baseOffset } = await this.#opened.client.send(request, controller);
    return baseOffset;
  }

  #refuseOneDial(): void {
    const { network } = this.#opened.broker;
    const { onDial } = network;
    network.onDial = (link) => {
      network.onDial = onDial;
      link.end('refused');
    };
  }

  async stop(): Promise<void> {
    const { client, clock } = this.#opened;
    const stopped = client.stop();
    await clock.advance(10_000);
    await stopped;
    await clock.settle();
  }

  /** What is stored where a send went. */
  storedBeside({ partition = -1 }: Call): readonly bigint[] {
    return this.moody.stored.get(partition) ?? [];
  }
}

function check(
  { id, partition, settlements, echo, failure, controller }: Call,
  stored: readonly bigint[],
): void {
  assert.equal(settlements, 1);
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  if (partition === undefined) {
    assert.equal(echo, failure === undefined ? id : undefined);
    return;
  }
  if (echo !== undefined) assert.equal(stored[Number(echo)], id);
  const copies = stored.filter((it) => it === id).length;
  if (failure === 'outcome-unknown') assert(copies <= 1);
  else assert.equal(copies, failure === undefined ? 1 : 0, `${failure}: stored ${copies} times`);
}

test('whatever the broker does: every call settles once, with its own reply, and truthfully', async () => {
  const history = fc.array(step, { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(history, fc.integer({ min: 1, max: 3 }), async (steps, poolSize) => {
      const opened = await openClient({ poolSize, stopDeadlineMs: 5_000 });
      const world = new World(opened);
      for (const it of steps) await world.take(it);
      await world.stop();

      for (const call of world.calls) check(call, world.storedBeside(call));
      for (const ids of world.moody.stored.values()) {
        expect(ids).toEqual(ids.toSorted((a, b) => Number(a - b)));
      }
      expect([opened.clock.pendingTimers, opened.broker.network.openLinks]).toEqual([0, 0]);
    }),
    { numRuns: 1_000 },
  );
});
