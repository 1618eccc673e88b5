import { readdirSync, statfsSync } from 'node:fs';
import os from 'node:os';

import type { Clock } from '../utils/clock.ts';
import type { HostFacts } from './server-facts.ts';

const MICROS_PER_MS = 1000;
const BLOCK_BYTES = 512n;

/** The process and the machine as they are at each call; processor use is since the call before. */
export function hostFactsSource(clock: Clock, dataDirectory: string | undefined): () => HostFacts {
  let cpu = process.cpuUsage();
  let sampledAtMs = clock.monotonicMs();
  let machine = machineTimes();

  return function hostFacts(): HostFacts {
    const used = process.cpuUsage(cpu);
    const nowMs = clock.monotonicMs();
    const elapsedMicros = Math.max((nowMs - sampledAtMs) * MICROS_PER_MS, 1);
    const machineNow = machineTimes();
    const facts = {
      cpuUsage: percent(used.user + used.system, elapsedMicros),
      totalCpuUsage: percent(
        machineNow.busyMs - machine.busyMs,
        machineNow.totalMs - machine.totalMs,
      ),
      ...currentFacts(),
      ...diskFacts(dataDirectory),
    };
    cpu = process.cpuUsage();
    sampledAtMs = nowMs;
    machine = machineNow;
    return facts;
  };
}

function currentFacts() {
  const { fsRead, fsWrite } = process.resourceUsage();
  return {
    processId: process.pid,
    memoryUsage: BigInt(process.memoryUsage.rss()),
    totalMemory: BigInt(os.totalmem()),
    availableMemory: BigInt(process.availableMemory()),
    readBytes: BigInt(fsRead) * BLOCK_BYTES,
    writtenBytes: BigInt(fsWrite) * BLOCK_BYTES,
    hostname: os.hostname(),
    osName: os.type(),
    osVersion: os.version(),
    kernelVersion: os.release(),
    threadsCount: threadsCount(),
  };
}

/** Linux alone tells it; 0 elsewhere. */
function threadsCount(): number {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 0;
  }
}

/** Zeros where nothing is kept on a disk, or where the disk will not tell: no reason to fail for. */
function diskFacts(dataDirectory: string | undefined) {
  try {
    if (dataDirectory !== undefined) {
      const { bavail, blocks, bsize } = statfsSync(dataDirectory, { bigint: true });
      return { freeDiskSpace: bavail * bsize, totalDiskSpace: blocks * bsize };
    }
  } catch {
    // As if it were in memory.
  }
  return { freeDiskSpace: 0n, totalDiskSpace: 0n };
}

function machineTimes(): { busyMs: number; totalMs: number } {
  let busyMs = 0;
  let totalMs = 0;
  for (const { times } of os.cpus()) {
    const { user, nice, sys, irq, idle } = times;
    busyMs += user + nice + sys + irq;
    totalMs += user + nice + sys + irq + idle;
  }
  return { busyMs, totalMs };
}

function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}
