import type { Clock, Timer } from '../utils/clock.ts';

/** Between two slices, so that clients hardly notice that something large is being removed. */
const SLICE_PAUSE_MS = 10;
/** How often to look whether there is something to remove. */
const LOOK_EVERY_MS = 1000;

interface Sweepable {
  readonly hasPending: boolean;
  sweep(): boolean;
}

/** Removes what was deleted or purged little by little, whenever no commit group is open. */
export class Sweeper {
  readonly #core: Sweepable;
  readonly #clock: Clock;
  #timer: Timer;

  constructor(core: Sweepable, clock: Clock) {
    this.#core = core;
    this.#clock = clock;
    this.#timer = this.#after(LOOK_EVERY_MS);
  }

  stop(): void {
    this.#timer.cancel();
  }

  #after(delayMs: number): Timer {
    return this.#clock.after(delayMs, () => {
      const goOn = this.#core.hasPending || this.#core.sweep();
      this.#timer = this.#after(goOn ? SLICE_PAUSE_MS : LOOK_EVERY_MS);
    });
  }
}
