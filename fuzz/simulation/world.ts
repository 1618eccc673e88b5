import type { Clock, Timer } from '../../src/utils/clock.ts';
import { type Agenda, createAgenda } from './agenda.ts';
import { Dice } from './dice.ts';

const EPOCH_MICROS = 1_795_000_000_000_000n;

/** More than any history needs: one that takes more goes round in circles. */
const EVENTS_MAX = 50_000;

/**
 * Time, and everything that happens in it, one event after the other. Between two events every promise
 * that can settle has settled, as between two turns of a real event loop. What is due at the same moment
 * comes in an order that the seed decides.
 */
export class World {
  readonly dice: Dice;
  /** What happened, one line each. */
  readonly trace: string[] = [];
  readonly #agenda: Agenda = createAgenda();
  #nowMs = 0;
  #events = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get nowMicros(): bigint {
    return EPOCH_MICROS + BigInt(Math.round(this.#nowMs * 1000));
  }

  log(line: string): void {
    this.trace.push(`${this.#nowMs.toFixed(1)} ${line}`);
  }

  after(delayMs: number, run: () => void): Timer {
    const dueMs = this.#nowMs + Math.max(0, delayMs);
    const entry = { dueMs, tie: this.dice.next(), run, cancelled: false };
    this.#agenda.push(entry);
    return { cancel: () => void (entry.cancelled = true) };
  }

  async runUntil(untilMs: number): Promise<void> {
    await quiet();
    for (;;) {
      const next = this.#agenda.popUntil(untilMs);
      if (next === undefined) break;
      if (next.cancelled) continue;
      this.#events += 1;
      if (this.#events > EVENTS_MAX) throw new Error(`more than ${EVENTS_MAX} events`);
      this.#nowMs = next.dueMs;
      next.run();
      await quiet();
    }
    if (Number.isFinite(untilMs)) this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Until nothing is going to happen any more. */
  runToEnd(): Promise<void> {
    return this.runUntil(Infinity);
  }
}

/**
 * Until no promise has anything left to do: Node begins the next turn of its loop only when all of them
 * are through, whatever they have started meanwhile.
 */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The world's time as one client sees it; its timers may be late, as under load. */
export class ClientClock implements Clock {
  readonly #world: World;
  readonly #lateMs: () => number;
  #pending = 0;

  constructor(world: World, lateMs: () => number) {
    this.#world = world;
    this.#lateMs = lateMs;
  }

  /** Timers that would still run. */
  get pendingTimers(): number {
    return this.#pending;
  }

  nowMicros(): bigint {
    return this.#world.nowMicros;
  }

  monotonicMs(): number {
    return this.#world.nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    let pending = true;
    this.#pending += 1;
    const over = (): void => {
      if (pending) this.#pending -= 1;
      pending = false;
    };
    const timer = this.#world.after(delayMs + this.#lateMs(), () => {
      over();
      run();
    });
    return {
      cancel: () => {
        over();
        timer.cancel();
      },
    };
  }
}
