import { statfsSync } from 'node:fs';

export interface DiskSpace {
  /** What others but root may still use. */
  readonly freeBytes: number;
  /** What others but root could use of an empty disk. */
  readonly totalBytes: number;
}

export const ENDLESS: DiskSpace = {
  freeBytes: Number.POSITIVE_INFINITY,
  totalBytes: Number.POSITIVE_INFINITY,
};

/** Of the disk of `directory`; without end where the disk will not tell. */
export function diskSpaceOf(directory: string): DiskSpace {
  try {
    const { bavail, bfree, blocks, bsize } = statfsSync(directory);
    return { freeBytes: bavail * bsize, totalBytes: (blocks - (bfree - bavail)) * bsize };
  } catch {
    return ENDLESS;
  }
}
