import { expect, test } from 'vitest';

import { runHostile } from './hostile-run.ts';

/** What a process may hold on to afterwards: code that was compiled, and nothing that a client has sent. */
const HEAP_GROWTH_BYTES_MAX = 8 * 1024 * 1024;

/** One promise for both suites: the quick one sends fewer. `HOSTILE_SEED` replays a run. */
export function testHostile(requests: number, acceptedMin: number): void {
  test(`${requests} hostile requests leave the gateway healthy, with a fitting answer to each`, async () => {
    const seed = Number(
      process.env['HOSTILE_SEED'] ?? crypto.getRandomValues(new Uint16Array(1))[0],
    );
    process.stdout.write(`hostile requests: HOSTILE_SEED=${seed}\n`);
    const { accepted, faults, heapGrowthBytes, healthy } = await runHostile(requests, seed);
    expect(faults).toEqual([]);
    expect(healthy).toBe(true);
    expect(accepted).toBeGreaterThanOrEqual(acceptedMin);
    expect(heapGrowthBytes).toBeLessThan(HEAP_GROWTH_BYTES_MAX);
  });
}
