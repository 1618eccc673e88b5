import { statfsSync } from 'node:fs';

/** What is free on the disk of `directory`; without end where the disk will not tell. */
export function freeBytesOf(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
