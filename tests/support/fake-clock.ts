import type { Clock, Timer } from '../../src/utils/clock.ts';

interface PendingTimer {
  readonly dueMs: number;
  readonly run: () => void;
}

const EPOCH_MICROS = 1_795_000_000_000_000n;

/** Time that passes only when a test says so. Timers run in the order they are due, then of creation. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<PendingTimer>();

  /** Timers that would still run: 0 after whatever used this clock has stopped. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  nowMicros(): bigint {
    return EPOCH_MICROS + BigInt(Math.round(this.#nowMs * 1000));
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Lets everything happen that needs no time: promises, and whatever they start. */
  async settle(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  /** Lets `spanMs` pass, with every timer on the way, each seeing its own moment. */
  async advance(spanMs: number): Promise<void> {
    const untilMs = this.#nowMs + spanMs;
    await this.settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.run();
      await this.settle();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) {
        first = timer;
      }
    }
    return first;
  }
}
