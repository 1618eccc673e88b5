import { type Clock, systemClock } from '../../src/utils/clock.ts';

/** Real time, passing `factor` times as fast for whoever waits: for tests over real sockets with real waits. */
export function fastClock(factor: number): Clock {
  return {
    nowMicros: () => systemClock.nowMicros(),
    monotonicMs: () => systemClock.monotonicMs() * factor,
    after: (delayMs, run) => systemClock.after(delayMs / factor, run),
  };
}
