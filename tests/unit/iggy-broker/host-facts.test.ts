import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, test } from 'vitest';

import { hostFactsSource } from '../../../src/iggy-broker/host-facts.ts';
import { systemClock } from '../../../src/utils/clock.ts';

test('facts are those of this process and this machine', () => {
  const facts = hostFactsSource(systemClock, tmpdir())();
  expect(facts.processId).toBe(process.pid);
  expect(facts.totalMemory).toBeGreaterThan(facts.memoryUsage);
  expect(facts.cpuUsage).toBeGreaterThanOrEqual(0);
  expect(facts.totalCpuUsage).toBeLessThanOrEqual(100);
  expect(facts.totalDiskSpace).toBeGreaterThan(facts.freeDiskSpace);
});

test('a disk that tells nothing is no reason to fail', () => {
  for (const directory of [undefined, path.join(tmpdir(), 'no', 'such', 'place')]) {
    expect(hostFactsSource(systemClock, directory)()).toMatchObject({
      freeDiskSpace: 0n,
      totalDiskSpace: 0n,
    });
  }
});
