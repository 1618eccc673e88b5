import { expect, test } from 'vitest';

import { addCounts, type Counts, noCounts } from '../fuzz/simulation/counts.ts';
import { runHistory } from '../fuzz/simulation/history.ts';

const HISTORIES = 500;
/** Of each history that is lived through twice. */
const TWICE = 20;

/** A simulation in which nothing goes wrong proves nothing: so much has to happen at the least. */
const MINIMUM: Counts = {
  ok: 15_000,
  refused: 700,
  overloaded: 1_500,
  lost: 1_500,
  timeout: 300,
  wire: 3,
  closed: 400,
  'circuit-open': 3_000,
  'outcome-unknown': 400,
  'cuts in mid-request': 150,
  'cuts in mid-reply': 150,
  'dials refused': 1_000,
  'broker restarts': 400,
  'wrong turns': 1_000,
  duplicates: 40,
  'circuit openings': 300,
  'recovered by read-back': 70,
  'recovered by resend': 35,
};

test(`${HISTORIES} histories full of faults: no promise is broken, and every fault happens`, async () => {
  const total = noCounts();
  for (let seed = 1; seed <= HISTORIES; seed += 1) {
    const { violations, counts } = await runHistory(seed);
    const again = `npm run fuzz -- simulation --seed ${seed}`;
    expect(violations, again).toEqual([]);
    addCounts(total, counts);
  }
  const missing = Object.entries(MINIMUM).filter(
    ([what, minimum]) => total[what as keyof Counts] < minimum,
  );
  expect(missing, JSON.stringify(total)).toEqual([]);
});

test('the same seed is the same history, to the last event', async () => {
  const fingerprints = new Set<bigint>();
  for (let seed = 1; seed <= TWICE; seed += 1) {
    const one = await runHistory(seed);
    const other = await runHistory(seed);
    expect(other.trace).toEqual(one.trace);
    expect(other.fingerprint).toBe(one.fingerprint);
    fingerprints.add(one.fingerprint);
  }
  expect(fingerprints.size).toBe(TWICE);
});
