import fc from 'fast-check';
import { expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { createIggyClient } from '../../../src/iggy-client/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { faultyDial } from '../../support/faulty-dial.ts';
import { MemoryBroker } from '../../support/memory-broker.ts';
import { message, sendRequest } from './open-client.ts';

const CALLERS = 200;
const patience = { signal: new AbortController().signal };

/** What each caller does: polls for the message at its own offset, or sends one of its own. */
const callers = fc.array(
  fc.record({
    sends: fc.boolean(),
    /** Undefined: it waits for as long as it takes. */
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
    startsAtMs: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: CALLERS, maxLength: CALLERS },
);
const troubles = fc.array(
  fc.record({
    atMs: fc.integer({ min: 0, max: 400 }),
    delayMs: fc.constantFrom(0, 3, 40),
    resets: fc.boolean(),
  }),
  { maxLength: 6 },
);

test('200 callers at once, replies late, some aborted, connections lost: nobody gets what another asked for', async () => {
  let answered = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(callers, troubles, async (plans, events) => {
      const clock = new FakeClock();
      const broker = new MemoryBroker();
      const { dial, faults } = faultyDial(broker.network.dial, clock);
      let minted = 0;
      const client = createIggyClient({
        addresses: [{ host: 'broker', port: 8090 }],
        credentials: { username: 'iggy', password: 'iggy' },
        software: { name: 'test', version: '1' },
        randomBytes: (count) => Buffer.alloc(count, (minted += 1)),
        random: () => 0.5,
        clock,
        dial,
        poolSize: 3,
      });
      client.start();
      await client.createStream('s', patience);
      await client.createTopic('s', { name: 't', partitionsCount: 2, options: {} }, patience);
      const seeded = plans.map((_, index) => message(`message ${index}`, BigInt(index + 1)));
      const { baseOffset = 0n } = await client.send(sendRequest({ messages: seeded }), patience);

      for (const { atMs, delayMs, resets } of events) {
        clock.after(atMs, () => {
          faults.delay(delayMs, 'to-client');
          if (resets) faults.reset();
        });
      }
      const polled = async (index: number, signal: AbortSignal): Promise<void> => {
        const offset = baseOffset + BigInt(index);
        const target = { stream: 's', topic: 't', partitionId: 0, consumerId: 1 };
        const from = { kind: 'offset', offset } as const;
        const page = await client.poll(
          { ...target, from, count: 1, autoCommit: false },
          { signal },
        );
        expect(page.messages.map(({ payload }) => payload.toString())).toEqual([
          `message ${index}`,
        ]);
      };
      const sent = new Map<bigint, number>();
      const send = async (index: number, signal: AbortSignal): Promise<void> => {
        const messages = [message(`sent by ${index}`, BigInt(1000 + index))];
        const partitioning = { kind: 'partition', partitionId: 1 } as const;
        const result = await client.send(sendRequest({ partitioning, messages }), { signal });
        expect(result.partitionId).toBe(1);
        if (result.baseOffset === undefined) return;
        expect(sent.has(result.baseOffset)).toBe(false);
        sent.set(result.baseOffset, index);
      };
      const calls = plans.map(async ({ sends, abortAfterMs, startsAtMs }, index) => {
        await new Promise<void>((resolve) => void clock.after(startsAtMs, resolve));
        const controller = new AbortController();
        if (abortAfterMs !== undefined) {
          clock.after(abortAfterMs, () => controller.abort(new Error('the caller has gone')));
        }
        try {
          await (sends ? send : polled)(index, controller.signal);
          answered += 1;
        } catch (error) {
          if (!(error instanceof IggyError)) throw error;
          failed += 1;
        }
      });
      await clock.advance(30_000);
      await Promise.all(calls);
      faults.heal();

      const target = { stream: 's', topic: 't', partitionId: 1, consumerId: 1 };
      const from = { kind: 'offset', offset: 0n } as const;
      const all = await client.poll({ ...target, from, count: 1000, autoCommit: false }, patience);
      const stored = new Map(
        all.messages.map(({ offset, payload }) => [offset, payload.toString()]),
      );
      for (const [offset, index] of sent) expect(stored.get(offset)).toBe(`sent by ${index}`);

      const stopped = client.stop();
      await clock.advance(1_000);
      await stopped;
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 10, seed: 5 },
  );
  expect(answered).toBeGreaterThan(500);
  expect(failed).toBeGreaterThan(100);
});
