import { getEventListeners } from 'node:events';

import type { FakeClock } from './fake-clock.ts';
import type { MemoryNetwork } from './memory-duplex.ts';

interface Leakable {
  readonly clock: FakeClock;
  readonly network: MemoryNetwork;
  /** Of callers: who still waits for one of these has been forgotten. */
  readonly signals?: readonly AbortSignal[];
}

/** What is left running, in numbers: nothing, after a stop. */
export function leftovers({ clock, network, signals = [] }: Leakable) {
  return {
    timers: clock.pendingTimers,
    sockets: network.openLinks,
    waiters: signals.flatMap((signal) => getEventListeners(signal, 'abort')).length,
  };
}

export const NOTHING = { timers: 0, sockets: 0, waiters: 0 };
