import { expect, test } from 'vitest';

import { LAG_SAMPLES, LoopLag } from '../../../src/utils/loop-lag.ts';
import { LateClock } from '../../support/late-clock.ts';

const { signal } = new AbortController();

async function lagAfter(latenessMs: readonly number[]): Promise<number> {
  const clock = new LateClock();
  const lag = new LoopLag(clock);
  for (const lateMs of latenessMs) {
    clock.lateMs = lateMs;
    await lag.sample(signal);
  }
  return lag.sustainedMs;
}

test('the lag is what every one of the last samples had at least', async () => {
  expect(await lagAfter([300, 200, 400, 250])).toBe(200);
  expect(await lagAfter([0, 0, 0, 300, 200, 400, 250])).toBe(200);
});

test('a pause is no lag, however long, and neither are a few samples', async () => {
  expect(await lagAfter([0, 0, 0, 60_000])).toBe(0);
  expect(await lagAfter(Array.from({ length: LAG_SAMPLES - 1 }, () => 500))).toBe(0);
});

test('one sample in time ends it', async () => {
  expect(await lagAfter([500, 500, 500, 500, 0])).toBe(0);
});
