import type { HostFacts } from '../../src/iggy-broker/server-facts.ts';

/** Of a machine that has nothing, for brokers without one. */
export const NO_FACTS: HostFacts = {
  processId: 1,
  cpuUsage: 0,
  totalCpuUsage: 0,
  memoryUsage: 0n,
  totalMemory: 0n,
  availableMemory: 0n,
  readBytes: 0n,
  writtenBytes: 0n,
  hostname: 'test',
  osName: '',
  osVersion: '',
  kernelVersion: '',
  threadsCount: 0,
  freeDiskSpace: 0n,
  totalDiskSpace: 0n,
};
