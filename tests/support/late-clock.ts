import type { Clock, Timer } from '../../src/utils/clock.ts';

/** An event loop that has too much to do: whatever waits is called back `lateMs` after its time. */
export class LateClock implements Clock {
  lateMs = 0;
  #nowMs = 0;

  nowMicros(): bigint {
    return BigInt(Math.round(this.#nowMs * 1000));
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    let cancelled = false;
    queueMicrotask(() => {
      if (cancelled) return;
      this.#nowMs += delayMs + this.lateMs;
      run();
    });
    return { cancel: () => void (cancelled = true) };
  }
}
