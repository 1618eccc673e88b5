import type { Stats } from '../iggy-protocol/index.ts';

/** What a shell knows of the process and the machine, and the core does not. */
export type HostFacts = Pick<
  Stats,
  | 'processId'
  | 'cpuUsage'
  | 'totalCpuUsage'
  | 'memoryUsage'
  | 'totalMemory'
  | 'availableMemory'
  | 'readBytes'
  | 'writtenBytes'
  | 'hostname'
  | 'osName'
  | 'osVersion'
  | 'kernelVersion'
  | 'threadsCount'
  | 'freeDiskSpace'
  | 'totalDiskSpace'
>;

/** The server we are compatible with, as clients are told it. */
export const SERVER_VERSION = '0.9.0';
/** Decimal digits: major, minor (3), patch (3). */
export const SERVER_SEMVER = 9000;
