/** A pending call of `Clock.after`. */
export interface Timer {
  /** The call will not happen. Harmless when it already has. */
  cancel(): void;
}

/** Time as an argument: whoever waits or stamps takes one of these, so that no test has to sleep. */
export interface Clock {
  /** Wall clock, microseconds since the Unix epoch (the unit of every Iggy timestamp). */
  nowMicros(): bigint;
  /** Never goes back; milliseconds from an arbitrary start. For measuring spans. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` (below 2^31) from now. A pending timer keeps the process alive. */
  after(delayMs: number, run: () => void): Timer;
}

export const systemClock: Clock = {
  nowMicros: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason if that comes first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    function abort(): void {
      timer.cancel();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', abort, { once: true });
  });
}
