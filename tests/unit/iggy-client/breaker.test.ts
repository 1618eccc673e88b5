import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  Breaker,
  type BreakerPolicy,
  type CircuitState,
  type Ending,
  type Lease,
} from '../../../src/iggy-client/breaker.ts';

const OPEN_MS = 30_000;
const POLICY: BreakerPolicy = { failureThreshold: 3, successThreshold: 2, openDurationMs: OPEN_MS };
const SUCCESS: Ending = { kind: 'success' };
const NEUTRAL: Ending = { kind: 'neutral' };
const FAILURE: Ending = { kind: 'failure', reason: 'no answer' };

/** A breaker, what it told, and its clock. */
class Bench {
  readonly told: string[] = [];
  readonly breaker: Breaker;
  nowMs = 1_000;

  constructor(policy: BreakerPolicy = POLICY) {
    this.breaker = new Breaker(policy, (change) => {
      this.told.push(change.to === 'open' ? `open: ${change.reason}` : change.to);
    });
  }

  enter(): Lease {
    const entry = this.breaker.enter(this.nowMs);
    assert(entry.kind === 'admitted');
    return entry.lease;
  }

  call(ending: Ending): void {
    this.enter().end(ending, this.nowMs);
  }

  /** Opened by failures just now. */
  open(): this {
    while (this.breaker.state === 'closed') this.call(FAILURE);
    return this;
  }
}

describe('a closed circuit', () => {
  test('opens at so many failures in a row, and says why', () => {
    const bench = new Bench();
    for (const ending of [FAILURE, FAILURE, SUCCESS, FAILURE, FAILURE]) bench.call(ending);
    expect(bench.breaker.state).toBe('closed');
    bench.call(FAILURE);
    expect(bench.breaker.state).toBe('open');
    expect(bench.told).toEqual(['open: no answer']);
  });

  test('counts failed attempts to connect as well, and nothing that tells nothing', () => {
    const bench = new Bench();
    bench.call(FAILURE);
    bench.breaker.attemptFailed('refused', bench.nowMs);
    for (let n = 0; n < 10; n += 1) bench.call(NEUTRAL);
    expect(bench.breaker.state).toBe('closed');
    bench.breaker.attemptFailed('refused', bench.nowMs);
    expect(bench.told).toEqual(['open: refused']);
  });

  test('is not kept closed by logins of a broker that then does not serve', () => {
    const bench = new Bench();
    for (let n = 0; n < POLICY.failureThreshold; n += 1) {
      bench.breaker.loggedIn();
      bench.call(FAILURE);
    }
    expect(bench.breaker.state).toBe('open');
  });

  test('counts the end of a call once', () => {
    const bench = new Bench();
    const lease = bench.enter();
    for (let n = 0; n < POLICY.failureThreshold; n += 1) lease.end(FAILURE, bench.nowMs);
    expect(bench.breaker.state).toBe('closed');
  });
});

describe('an open circuit', () => {
  test('rejects, and says how long it still does', () => {
    const bench = new Bench().open();
    bench.nowMs += 12_000;
    const rejected = { kind: 'rejected', state: 'open', retryAfterMs: 18_000 };
    expect(bench.breaker.enter(bench.nowMs)).toEqual(rejected);
  });

  test('is half-open after its time, asked or not', () => {
    const asked = new Bench().open();
    asked.nowMs += OPEN_MS;
    asked.enter();
    expect(asked.told.at(-1)).toBe('half-open');

    const woken = new Bench().open();
    woken.breaker.wake(woken.nowMs + OPEN_MS - 1);
    expect(woken.breaker.state).toBe('open');
    woken.breaker.wake(woken.nowMs + OPEN_MS);
    expect(woken.breaker.state).toBe('half-open');
  });

  test('is half-open as soon as a session has logged in', () => {
    const bench = new Bench().open();
    bench.breaker.loggedIn();
    expect(bench.breaker.state).toBe('half-open');
  });

  test('opens anew where an attempt fails once its time is over, although nobody woke it', () => {
    const bench = new Bench().open();
    bench.nowMs += OPEN_MS;
    bench.breaker.attemptFailed('refused', bench.nowMs);
    expect(bench.told).toEqual(['open: no answer', 'half-open', 'open: refused']);
    const rejected = { kind: 'rejected', state: 'open', retryAfterMs: OPEN_MS };
    expect(bench.breaker.enter(bench.nowMs)).toEqual(rejected);
  });

  test('is not prolonged by what fails meanwhile', () => {
    const bench = new Bench();
    const early = bench.enter();
    bench.open();
    bench.nowMs += OPEN_MS - 1;
    bench.breaker.attemptFailed('refused', bench.nowMs);
    early.end(FAILURE, bench.nowMs);
    bench.nowMs += 1;
    bench.enter();
  });
});

describe('a half-open circuit', () => {
  function halfOpen(): Bench {
    const bench = new Bench().open();
    bench.breaker.loggedIn();
    return bench;
  }

  test('lets one probe through at a time', () => {
    const bench = halfOpen();
    const probe = bench.enter();
    const rejected = { kind: 'rejected', state: 'half-open', retryAfterMs: 0 };
    expect(bench.breaker.enter(bench.nowMs)).toEqual(rejected);
    probe.end(NEUTRAL, bench.nowMs);
    bench.enter();
  });

  test('closes after so many successes, and then lets everybody through', () => {
    const bench = halfOpen();
    bench.call(SUCCESS);
    bench.call(NEUTRAL);
    expect(bench.breaker.state).toBe('half-open');
    bench.call(SUCCESS);
    expect(bench.told.slice(1)).toEqual(['half-open', 'closed']);
    bench.enter();
    bench.enter();
  });

  test.each(['a failed probe', 'a failed attempt to connect'])('opens again at %s', (what) => {
    const bench = halfOpen();
    bench.call(SUCCESS);
    if (what === 'a failed probe') bench.call(FAILURE);
    else bench.breaker.attemptFailed('no answer', bench.nowMs);
    expect(bench.told).toEqual(['open: no answer', 'half-open', 'open: no answer']);
    bench.breaker.loggedIn();
    bench.call(SUCCESS);
    // The success before the failure no longer counts.
    expect(bench.breaker.state).toBe('half-open');
  });

  test('is not opened again by who was let in before, but believes their success', () => {
    const bench = new Bench();
    const early = Array.from({ length: 3 }, () => bench.enter());
    bench.open();
    bench.breaker.loggedIn();
    early[0]?.end(FAILURE, bench.nowMs);
    expect(bench.breaker.state).toBe('half-open');
    early[1]?.end(SUCCESS, bench.nowMs);
    early[2]?.end(SUCCESS, bench.nowMs);
    expect(bench.breaker.state).toBe('closed');
  });

  test('is as busy with its probe as before when a call from before it opened ends', () => {
    const bench = new Bench();
    const early = bench.enter();
    bench.open();
    bench.breaker.loggedIn();
    bench.enter();
    early.end(NEUTRAL, bench.nowMs);
    expect(bench.breaker.enter(bench.nowMs).kind).toBe('rejected');
  });

  test('gives a probe back once, and never one that belongs to somebody else', () => {
    const bench = halfOpen();
    const first = bench.enter();
    first.end(NEUTRAL, bench.nowMs);
    bench.enter();
    first.end(NEUTRAL, bench.nowMs);
    expect(bench.breaker.enter(bench.nowMs).kind).toBe('rejected');
  });
});

type Step =
  | { act: 'enter' | 'login' | 'wake' }
  | { act: 'attempt fails' }
  | { act: 'end'; which: number; ending: Ending }
  | { act: 'pass'; spanMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ act: fc.constant('enter' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('end' as const),
      which: fc.nat({ max: 30 }),
      ending: fc.constantFrom(SUCCESS, NEUTRAL, FAILURE, FAILURE),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom(...(['login', 'wake', 'attempt fails'] as const)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('pass' as const),
      spanMs: fc.constantFrom(1, OPEN_MS / 2, OPEN_MS),
    }),
  },
);

/** Where each change may come from. */
const BEFORE: Readonly<Record<CircuitState, readonly CircuitState[]>> = {
  open: ['closed', 'half-open'],
  'half-open': ['open'],
  closed: ['half-open'],
};

/** A breaker in a random history, and the rules that hold in each of them. */
class History {
  readonly #bench: Bench;
  readonly #breaker: Breaker;
  #state: CircuitState = 'closed';
  readonly #leases: Lease[] = [];
  readonly #held = new Set<Lease>();
  #probe: Lease | undefined;

  constructor(policy: BreakerPolicy) {
    this.#bench = new Bench(policy);
    this.#breaker = this.#bench.breaker;
  }

  take(it: Step): void {
    const { nowMs } = this.#bench;
    switch (it.act) {
      case 'enter':
        return this.#enter();
      case 'end':
        return this.#end(this.#leases[it.which % Math.max(1, this.#leases.length)], it.ending);
      case 'login':
        this.#breaker.loggedIn();
        break;
      case 'wake':
        this.#breaker.wake(nowMs);
        break;
      case 'attempt fails':
        this.#breaker.attemptFailed('refused', nowMs);
        break;
      case 'pass':
        this.#bench.nowMs += it.spanMs;
        break;
    }
    this.#look();
  }

  #enter(): void {
    const entry = this.#breaker.enter(this.#bench.nowMs);
    this.#look();
    if (entry.kind === 'rejected') {
      assert.equal(entry.state, this.#state);
      assert.ok(entry.retryAfterMs >= 0 && entry.retryAfterMs <= OPEN_MS);
      if (entry.state === 'half-open') assert.ok(this.#probe && this.#held.has(this.#probe));
      return;
    }
    assert.notEqual(this.#state, 'open');
    if (this.#state === 'half-open') {
      assert.ok(this.#probe === undefined || !this.#held.has(this.#probe), 'one probe at a time');
      this.#probe = entry.lease;
    }
    this.#leases.push(entry.lease);
    this.#held.add(entry.lease);
  }

  #end(lease: Lease | undefined, ending: Ending): void {
    if (lease === undefined) return;
    const before = this.#breaker.state;
    lease.end(ending, this.#bench.nowMs);
    if (!this.#held.delete(lease)) assert.equal(this.#breaker.state, before, 'ended twice');
    this.#look();
  }

  /** Every change that was told is one that may be, and leads to the present state. */
  #look(): void {
    for (const told of this.#bench.told.splice(0)) {
      const to = told.startsWith('open') ? 'open' : told === 'closed' ? 'closed' : 'half-open';
      assert.ok(BEFORE[to].includes(this.#state), `${this.#state} → ${to}`);
      this.#state = to;
      if (to === 'half-open') this.#probe = undefined;
    }
    assert.equal(this.#breaker.state, this.#state);
  }

  /** Everybody who is in goes out, and the time passes. */
  end(): void {
    for (const lease of this.#held) this.#end(lease, NEUTRAL);
    this.#bench.nowMs += OPEN_MS;
    assert.equal(this.#breaker.enter(this.#bench.nowMs).kind, 'admitted', 'stuck');
  }
}

test('after any history the next call is let in, once the time has passed and all leases are back', () => {
  const threshold = fc.integer({ min: 1, max: 3 });
  const policy = fc.record({
    failureThreshold: threshold,
    successThreshold: threshold,
    openDurationMs: fc.constant(OPEN_MS),
  });
  fc.assert(
    fc.property(policy, fc.array(step, { maxLength: 80 }), (drawn, steps) => {
      const history = new History(drawn);
      for (const it of steps) history.take(it);
      history.end();
    }),
    { numRuns: 2_000 },
  );
});
