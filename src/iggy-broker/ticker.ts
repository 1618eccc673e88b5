import type { Clock, Timer } from '../utils/clock.ts';

/** How late the broker may notice that something has lasted too long. */
const TICK_EVERY_MS = 1000;

interface Ticking {
  tick(stoodStillMs: number): void;
}

/**
 * Tells the core that time passes, for the core has no timers; and how long this process did not run when it
 * should have: what came meanwhile was not read, so nobody was silent for that.
 */
export class Ticker {
  readonly #core: Ticking;
  readonly #clock: Clock;
  #timer: Timer;

  constructor(core: Ticking, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
    this.#timer = this.#next();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    const dueMs = this.#clock.monotonicMs() + TICK_EVERY_MS;
    return this.#clock.after(TICK_EVERY_MS, () => {
      const lateMs = this.#clock.monotonicMs() - dueMs;
      this.#core.tick(lateMs > TICK_EVERY_MS ? lateMs : 0);
      this.#timer = this.#next();
    });
  }
}
