import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, platform } from 'node:os';

/** Server and load must not take turns on one CPU: that would measure the scheduler. */
export const CAN_PIN = platform() === 'linux' && availableParallelism() >= 2;

export const SERVER_CPU = 0;
export const LOAD_CPU = 1;

/** Runs Node on one CPU, where there are two. */
export function spawnNode(cpu: number, args: readonly string[], stdio: StdioOptions): ChildProcess {
  return CAN_PIN
    ? spawn('taskset', ['-c', String(cpu), process.execPath, ...args], { stdio })
    : spawn(process.execPath, [...args], { stdio });
}

/** Ends a process and waits until it is gone. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  await once(child, 'exit');
}
