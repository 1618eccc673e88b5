import type { Clock, Timer } from '../utils/clock.ts';

/** How late the broker may notice that something has lasted too long. */
const TICK_EVERY_MS = 1000;

/** Tells the core that time passes, for the core has no timers. */
export class Ticker {
  readonly #core: { tick(): void };
  readonly #clock: Clock;
  #timer: Timer;

  constructor(core: { tick(): void }, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
    this.#timer = this.#next();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #next(): Timer {
    return this.#clock.after(TICK_EVERY_MS, () => {
      this.#core.tick();
      this.#timer = this.#next();
    });
  }
}
