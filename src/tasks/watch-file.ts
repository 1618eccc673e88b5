import { type Clock, sleep } from '../utils/clock.ts';
import type { Task } from './task-group.ts';

export interface WatchFileOptions {
  clock: Clock;
  intervalMs: number;
  /** Something that is another one as soon as the file is another one. */
  fingerprint: () => string;
  /** The fingerprint of what was read last. */
  seen: string;
  onChange: () => void;
}

/**
 * Looks now and then whether a file is still the same. It asks by path each time, so that a file which is
 * replaced by another of its name, or reached over links that are turned elsewhere, is noticed too.
 */
export function watchFile(options: WatchFileOptions): Task {
  const { clock, intervalMs, fingerprint, onChange } = options;
  return async (signal) => {
    let { seen } = options;
    for (;;) {
      await sleep(clock, intervalMs, signal);
      const now = fingerprint();
      // Noted before it is read: what changes in between is another change.
      if (now !== seen) {
        seen = now;
        onChange();
      }
    }
  };
}
