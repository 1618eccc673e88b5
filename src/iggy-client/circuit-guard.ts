import { WireError } from '../iggy-protocol/index.ts';
import type { Clock, Timer } from '../utils/clock.ts';
import { DeadlinePassed } from '../utils/deadline-passed.ts';
import {
  Breaker,
  type BreakerPolicy,
  type Change,
  type CircuitState,
  type Ending,
  type Entry,
} from './breaker.ts';
import { IggyError } from './errors.ts';
import type { ClientEventListener } from './events.ts';

export interface CircuitGuardOptions {
  readonly policy: BreakerPolicy;
  readonly clock: Clock;
  readonly onEvent: ClientEventListener;
}

/** Lets calls through the circuit breaker, and tells it what became of them. */
export class CircuitGuard {
  readonly #clock: Clock;
  readonly #onEvent: ClientEventListener;
  readonly #breaker: Breaker;
  /** Until an open circuit is due for a probe. */
  #timer: Timer | undefined;
  #stopped = false;
  /** What became of a batch is told to each of its callers, and counts once. */
  readonly #told = new WeakSet<IggyError>();

  constructor({ policy, clock, onEvent }: CircuitGuardOptions) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#breaker = new Breaker(policy, (change) => this.#changed(change));
  }

  get state(): CircuitState {
    return this.#breaker.state;
  }

  /**
   * Does `work` if the breaker allows it.
   *
   * @param signal The caller's patience: `work` that ends by it fails only where that was a `DeadlinePassed`.
   * @throws IggyError `circuit-open`, or whatever `work` throws.
   */
  async run<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
    if (this.#stopped) return work();
    const startMs = this.#clock.monotonicMs();
    const entry = this.#breaker.enter(startMs);
    if (entry.kind === 'rejected') throw this.#reject(entry);
    let ending: Ending = NEUTRAL;
    try {
      const value = await work();
      ending = SUCCESS;
      return value;
    } catch (error) {
      if (this.#isNews(error)) {
        ending = endingOf(error, signal, this.#clock.monotonicMs() - startMs);
      }
      throw error;
    } finally {
      entry.lease.end(ending, this.#clock.monotonicMs());
    }
  }

  /** There is no connection, and another attempt to make one has failed. */
  attemptFailed(reason: string): void {
    this.#breaker.attemptFailed(reason, this.#clock.monotonicMs());
  }

  loggedIn(): void {
    this.#breaker.loggedIn();
  }

  /** The client is closed: there is nothing left to spare, and what fails now is no broker's fault. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #isNews(error: unknown): error is IggyError {
    if (!(error instanceof IggyError) || this.#told.has(error)) return false;
    this.#told.add(error);
    return true;
  }

  #reject({ state, retryAfterMs }: Extract<Entry, { kind: 'rejected' }>): IggyError {
    this.#onEvent({ kind: 'circuit-rejected', state });
    const message = 'the broker failed too often of late, and is spared for a while';
    return new IggyError('circuit-open', message, { retryAfterMs });
  }

  #changed(change: Change): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    switch (change.to) {
      case 'open': {
        const { reason, untilMs } = change;
        const delayMs = untilMs - this.#clock.monotonicMs();
        // The moment it was set for, in case the timer is a hair early.
        this.#timer = this.#clock.after(delayMs, () => this.#breaker.wake(untilMs));
        this.#onEvent({ kind: 'circuit-opened', reason });
        return;
      }
      case 'half-open':
        this.#onEvent({ kind: 'circuit-half-open' });
        return;
      case 'closed':
        this.#onEvent({ kind: 'circuit-closed' });
        return;
    }
  }
}

const SUCCESS: Ending = { kind: 'success' };
const NEUTRAL: Ending = { kind: 'neutral' };

/**
 * The share of the full deadline that the broker must have had for its silence to count: a client who
 * takes that long over its own request body says nothing of the broker.
 */
const BROKERS_SHARE_MIN = 0.5;

/** Who is to blame for an error: only what the broker or the network did counts as a failure. */
function endingOf(error: IggyError, signal: AbortSignal, tookMs: number): Ending {
  switch (error.kind) {
    case 'refused':
      return error.local ? NEUTRAL : SUCCESS;
    case 'overloaded':
    case 'closed':
    case 'circuit-open':
    case 'wire':
      return NEUTRAL;
    case 'lost':
    case 'timeout':
    case 'outcome-unknown':
      // One page that cannot be read must not close the gateway for everybody, whoever asks for it.
      if (error.cause instanceof WireError || isCallersDoing(signal, tookMs)) return NEUTRAL;
      return { kind: 'failure', reason: error.message };
  }
}

function isCallersDoing({ aborted, reason }: AbortSignal, tookMs: number): boolean {
  if (!aborted) return false;
  return !(reason instanceof DeadlinePassed) || tookMs < reason.timeoutMs * BROKERS_SHARE_MIN;
}
