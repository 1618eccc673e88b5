import type { LoopLag } from '../utils/loop-lag.ts';
import type { Task } from './task-group.ts';

/** Keeps an eye on how late the event loop is, so that requests can be refused before they pile up. */
export function watchLoopLag(loopLag: LoopLag): Task {
  return async (signal) => {
    for (;;) await loopLag.sample(signal);
  };
}
