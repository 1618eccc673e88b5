/**
 * Spares a broker that fails, and its callers the wait: a circuit breaker. It has no clock and no
 * timer; every moment (monotonic ms) is passed in.
 *
 *     closed ──failureThreshold failures in a row──▶ open
 *     open ──openDurationMs, or a session logs in──▶ half-open
 *     half-open ──successThreshold successes in a row──▶ closed
 *     half-open ──a failure──▶ open
 *
 * While half-open, one call at a time is let through as a probe. It holds a lease, which comes back
 * however the call ends. Whoever was let in before the circuit opened goes on; that it fails later
 * tells of the time before and counts no more, that it succeeds counts at any time.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface BreakerPolicy {
  /** Failures in a row that open the circuit. 1 and up. */
  readonly failureThreshold: number;
  /** Successes in a row that close it again. 1 and up. */
  readonly successThreshold: number;
  /** How long it stays open if no session logs in before. */
  readonly openDurationMs: number;
}

/** How a call ended: `neutral` if that says nothing of the broker. */
export type Ending =
  | { readonly kind: 'success' | 'neutral' }
  | { readonly kind: 'failure'; readonly reason: string };

/** Leave to make one call. */
export interface Lease {
  /** Once, and always; ending it again does nothing. */
  end(ending: Ending, nowMs: number): void;
}

export type Entry =
  | { readonly kind: 'admitted'; readonly lease: Lease }
  | {
      readonly kind: 'rejected';
      readonly state: 'open' | 'half-open';
      /** Until it is worth another try; 0 if that depends on the probe under way. */
      readonly retryAfterMs: number;
    };

export type Change =
  | { readonly to: 'open'; readonly reason: string; readonly untilMs: number }
  | { readonly to: 'half-open' | 'closed' };

type State =
  | { readonly kind: 'closed'; failures: number }
  | { readonly kind: 'open'; readonly untilMs: number }
  | { readonly kind: 'half-open'; successes: number; probe: Lease | undefined };

export class Breaker {
  readonly #policy: BreakerPolicy;
  readonly #onChange: (change: Change) => void;
  #state: State = { kind: 'closed', failures: 0 };
  /** So far. A lease knows how many there were before it was given. */
  #openings = 0;

  constructor(policy: BreakerPolicy, onChange: (change: Change) => void) {
    this.#policy = policy;
    this.#onChange = onChange;
  }

  get state(): CircuitState {
    return this.#state.kind;
  }

  enter(nowMs: number): Entry {
    this.wake(nowMs);
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        return { kind: 'admitted', lease: this.#lease() };
      case 'open':
        return { kind: 'rejected', state: 'open', retryAfterMs: state.untilMs - nowMs };
      case 'half-open':
        if (state.probe !== undefined) {
          return { kind: 'rejected', state: 'half-open', retryAfterMs: 0 };
        }
        state.probe = this.#lease();
        return { kind: 'admitted', lease: state.probe };
    }
  }

  /** An attempt to connect or to log in has failed, and there is no connection. */
  attemptFailed(reason: string, nowMs: number): void {
    this.wake(nowMs);
    this.#fail(reason, nowMs);
  }

  /** A session has logged in: that is no proof that the broker serves, and worth a probe. */
  loggedIn(): void {
    if (this.#state.kind === 'open') this.#halfOpen();
  }

  /** To be called when an open circuit is due for a probe, so that it is noticed without a call. */
  wake(nowMs: number): void {
    if (this.#state.kind === 'open' && nowMs >= this.#state.untilMs) this.#halfOpen();
  }

  #lease(): Lease {
    const openings = this.#openings;
    let ended = false;
    const lease: Lease = {
      end: (ending, nowMs) => {
        if (ended) return;
        ended = true;
        this.#giveBack(lease);
        if (ending.kind === 'success') this.#succeed();
        if (ending.kind === 'failure' && openings === this.#openings) {
          this.#fail(ending.reason, nowMs);
        }
      },
    };
    return lease;
  }

  #giveBack(lease: Lease): void {
    const state = this.#state;
    if (state.kind === 'half-open' && state.probe === lease) state.probe = undefined;
  }

  #succeed(): void {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        state.failures = 0;
        return;
      case 'open':
        return;
      case 'half-open':
        state.successes += 1;
        if (state.successes >= this.#policy.successThreshold) {
          this.#state = { kind: 'closed', failures: 0 };
          this.#onChange({ to: 'closed' });
        }
        return;
    }
  }

  #fail(reason: string, nowMs: number): void {
    const state = this.#state;
    switch (state.kind) {
      case 'closed':
        state.failures += 1;
        if (state.failures >= this.#policy.failureThreshold) this.#open(reason, nowMs);
        return;
      case 'open':
        return;
      case 'half-open':
        this.#open(reason, nowMs);
        return;
    }
  }

  #open(reason: string, nowMs: number): void {
    const untilMs = nowMs + this.#policy.openDurationMs;
    this.#openings += 1;
    this.#state = { kind: 'open', untilMs };
    this.#onChange({ to: 'open', reason, untilMs });
  }

  #halfOpen(): void {
    this.#state = { kind: 'half-open', successes: 0, probe: undefined };
    this.#onChange({ to: 'half-open' });
  }
}
