import { expect, test } from 'vitest';

import { runHostile } from '../support/hostile-run.ts';

const REQUESTS = 10000;
const ACCEPTED_MIN = 2000;
/** What a process may hold on to afterwards: code that was compiled, and nothing that a client has sent. */
const HEAP_GROWTH_BYTES_MAX = 8 * 1024 * 1024;

test(`${REQUESTS} hostile requests leave the gateway healthy, with a fitting answer to each`, async () => {
  const seed = Number(process.env['HOSTILE_SEED'] ?? crypto.getRandomValues(new Uint16Array(1))[0]);
  process.stdout.write(`hostile requests: HOSTILE_SEED=${seed}\n`);
  const { accepted, faults, heapGrowthBytes, healthy } = await runHostile(REQUESTS, seed);
  expect(faults).toEqual([]);
  expect(healthy).toBe(true);
  expect(accepted).toBeGreaterThanOrEqual(ACCEPTED_MIN);
  expect(heapGrowthBytes).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
});
