import { expect, test } from 'vitest';

import type { EnsureOutcome } from '../../../src/services/defaults.ts';
import { Lifecycle } from '../../../src/services/lifecycle.ts';
import { ensureDefaults } from '../../../src/tasks/ensure-defaults.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const cause = new Error('no');

/** Runs the task over these outcomes and tells when it tried, and what the gateway then said of itself. */
async function run(outcomes: EnsureOutcome[]) {
  const clock = new FakeClock();
  const lifecycle = new Lifecycle();
  const triedAtMs: number[] = [];
  const refusals: Error[] = [];
  const controller = new AbortController();
  let done = false;
  const task = ensureDefaults({
    ensure: async () => {
      triedAtMs.push(clock.monotonicMs());
      return outcomes.shift() ?? { kind: 'there' };
    },
    lifecycle,
    clock,
    timeoutMs: 1000,
    baseDelayMs: 100,
    maxDelayMs: 300,
    onRefused: (refusal) => refusals.push(refusal),
  });
  const running = task(controller.signal).then(() => (done = true));
  await clock.settle();
  const phaseAtFirst = lifecycle.phase;
  await clock.advance(10_000);
  controller.abort();
  await running;
  return { triedAtMs, refusals, phaseAtFirst, phase: lifecycle.phase, done, clock };
}

test('is done at once where everything is there', async () => {
  const { triedAtMs, phaseAtFirst, clock } = await run([]);
  expect(triedAtMs).toEqual([0]);
  expect(phaseAtFirst).toBe('running');
  expect(clock.pendingTimers).toBe(0);
});

test('tries until it succeeds, more and more slowly, and only then the start is over', async () => {
  const away: EnsureOutcome = { kind: 'not-reached', cause };
  const { triedAtMs, phaseAtFirst, phase } = await run([away, away, away, away]);
  expect(triedAtMs).toEqual([0, 100, 300, 600, 900]);
  expect([phaseAtFirst, phase]).toEqual(['starting', 'running']);
});

test('a broker that is spared is not given up for longer and longer, and the start is not over', async () => {
  const spared: EnsureOutcome = { kind: 'spared' };
  const away: EnsureOutcome = { kind: 'not-reached', cause };
  const { triedAtMs, phaseAtFirst } = await run([spared, spared, spared, away, away, spared]);
  expect(triedAtMs).toEqual([0, 100, 200, 300, 500, 800, 900]);
  expect(phaseAtFirst).toBe('starting');
});

test('a refusal is told and ends the start, but not the trying', async () => {
  const { triedAtMs, refusals, phaseAtFirst } = await run([{ kind: 'refused', cause }]);
  expect(triedAtMs).toEqual([0, 100]);
  expect(refusals).toEqual([cause]);
  expect(phaseAtFirst).toBe('running');
});
