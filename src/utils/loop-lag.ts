import { type Clock, sleep } from './clock.ts';

/** How often the event loop is asked for a sign of life. */
export const LAG_SAMPLE_INTERVAL_MS = 250;
/** A single pause (a collection of garbage, one large body) is no overload: so many late samples in a row are. */
export const LAG_SAMPLES = 4;

/**
 * How late the event loop is, as a clock on it sees it: each sample asks to be called back after an
 * interval and notes how much later that was.
 */
export class LoopLag {
  readonly #clock: Clock;
  /** The last `LAG_SAMPLES`, in ms. */
  #samplesMs: readonly number[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The delay that every one of the last samples had at least, in ms; 0 until there are enough of them. */
  get sustainedMs(): number {
    return this.#samplesMs.length < LAG_SAMPLES ? 0 : Math.min(...this.#samplesMs);
  }

  /** Takes one sample. Rejects with the signal's reason if that comes first. */
  async sample(signal: AbortSignal): Promise<void> {
    const startMs = this.#clock.monotonicMs();
    await sleep(this.#clock, LAG_SAMPLE_INTERVAL_MS, signal);
    const lagMs = Math.max(0, this.#clock.monotonicMs() - startMs - LAG_SAMPLE_INTERVAL_MS);
    this.#samplesMs = [...this.#samplesMs, lagMs].slice(-LAG_SAMPLES);
  }
}
