import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

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

test.runIf(process.platform === 'linux')('threads are counted, those of workers too', async () => {
  const source = hostFactsSource(systemClock, undefined);
  const before = source().threadsCount;
  expect(before).toBeGreaterThan(0);
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await once(worker, 'online');
  expect(source().threadsCount).toBeGreaterThan(before);
  await worker.terminate();
});

test('time and bytes that were used are those since the start, or the call before', () => {
  let nowMs = 0;
  const source = hostFactsSource({ ...systemClock, monotonicMs: () => nowMs }, undefined);
  const { memoryUsage, writtenBytes } = source();
  expect(memoryUsage).toBeGreaterThan(0n);
  nowMs += 1e9;
  // Whatever was used since is little beside so long a time.
  const later = source();
  expect(later.cpuUsage).toBeLessThan(1);
  expect(later.writtenBytes).toBeGreaterThanOrEqual(writtenBytes);
});

test('a disk that tells nothing is no reason to fail', () => {
  for (const directory of [undefined, path.join(tmpdir(), 'no', 'such', 'place')]) {
    expect(hostFactsSource(systemClock, directory)()).toMatchObject({
      freeDiskSpace: 0n,
      totalDiskSpace: 0n,
    });
  }
});
