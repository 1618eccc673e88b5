import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { corpusTargets, readCorpus } from '../fuzz/corpus.ts';
import { type FuzzGateway, openFuzzGateway } from '../fuzz/gateway.ts';
import { target } from '../fuzz/target.ts';
import { TARGETS } from '../fuzz/targets/index.ts';

/** Few enough for every run of the tests; `npm run fuzz` takes its time. */
const RUNS = 60;
const TIME_MAX_MS = 20_000;

let gateway: FuzzGateway;
beforeAll(async () => {
  gateway = await openFuzzGateway();
});
afterAll(() => gateway.stop());

describe.each(TARGETS)('$name', (attacked) => {
  test('keep their promise for what was found before', async () => {
    const inputs = readCorpus(attacked.name);
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) await attacked.replay(gateway, input);
  });

  test('keep their promise for what nobody has thought of', async () => {
    const seed = Math.trunc(performance.now() * 1000) % 2 ** 31;
    const outcome = await attacked.run(gateway, { seed, runsMax: RUNS, timeMaxMs: TIME_MAX_MS });
    expect(outcome.failure, `--seed ${seed}`).toBeUndefined();
    expect(outcome.runs).toBeGreaterThan(0);
  });
});

test('every file of the corpus belongs to a target', () => {
  expect(corpusTargets().toSorted()).toEqual(TARGETS.map(({ name }) => name).toSorted());
});

test('a broken promise is told with what breaks it, and how to see it again', async () => {
  const planted = target({
    name: 'planted',
    arbitrary: fc.nat({ max: 1000 }),
    check(n) {
      if (n >= 10) throw new Error('ten is too much');
    },
  });
  const options = { seed: 1, runsMax: 100, timeMaxMs: TIME_MAX_MS };
  const { failure } = await planted.run(gateway, options);
  expect(failure).toMatchObject({ counterexample: '10', reason: 'Error: ten is too much' });
  const again = await planted.run(gateway, { ...options, path: failure?.path ?? '' });
  expect(again).toMatchObject({ runs: 1, failure: { counterexample: '10' } });
});
