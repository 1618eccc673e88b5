import { execFileSync } from 'node:child_process';

import { onTestFinished } from 'vitest';

import { newDataDir } from './spawn-program.ts';

/** A disk of so many MiB, mounted until the test ends; undefined where that is not allowed. */
export function mountSmallDisk(sizeMiB: number): string | undefined {
  const directory = newDataDir();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    // Lazily: whoever still has something open there goes on with it.
    execFileSync('umount', ['--lazy', directory]);
  });
  return directory;
}

export function remountReadOnly(directory: string): void {
  execFileSync('mount', ['-o', 'remount,ro', directory]);
}
