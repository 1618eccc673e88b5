import { STATUS } from '../iggy-protocol/index.ts';
import { type Cancel, Later } from './later.ts';
import type { BrokerLimits } from './limits.ts';
import { notAdmitted } from './refusal.ts';

/**
 * Slow hashing of passwords, away from the thread that asks. `done` may be called within the call or at
 * any time after it. A failure is our own fault, and is thrown where it happens.
 */
export interface Passwords {
  /** Makes a hash, to be stored: it tells its own parameters and salt. */
  hash(password: string, done: (stored: string) => void): void;
  /** `undefined` is the hash of nobody: no password fits it, and it takes as long to find that out. */
  verify(stored: string | undefined, password: string, done: (fits: boolean) => void): void;
  /** At once, blocking: for the start of the broker only. */
  verifyNow(stored: string, password: string): boolean;
}

type HashingLimits = Pick<BrokerLimits, 'passwordHashesAtOnceMax' | 'passwordHashesQueuedMax'>;

interface Job {
  /** Calls back once, when the work is over. */
  readonly work: (over: () => void) => void;
  cancelled: boolean;
}

/** Hashes a few passwords at a time, the rest in the order they came. */
export class HashingQueue {
  readonly #passwords: Passwords;
  readonly #limits: HashingLimits;
  #running = 0;
  readonly #waiting = new Set<Job>();
  #verifiedNow: { stored: string; password: string; fits: boolean } | undefined;

  constructor(passwords: Passwords, limits: HashingLimits) {
    this.#passwords = passwords;
    this.#limits = limits;
  }

  hash(password: string): Later<string> {
    return this.#later((done) => this.#passwords.hash(password, done));
  }

  verify(stored: string | undefined, password: string): Later<boolean> {
    return this.#later((done) => this.#passwords.verify(stored, password, done));
  }

  /** At once, blocking; the outcome is remembered, for data that fails is read again and again. */
  verifyNow(stored: string, password: string): boolean {
    let verified = this.#verifiedNow;
    if (verified?.stored !== stored || verified.password !== password) {
      verified = { stored, password, fits: this.#passwords.verifyNow(stored, password) };
      this.#verifiedNow = verified;
    }
    return verified.fits;
  }

  #later<Value>(ask: (done: (value: Value) => void) => void): Later<Value> {
    return new Later((done) => {
      const job: Job = {
        cancelled: false,
        work: (over) =>
          ask((value) => {
            over();
            if (!job.cancelled) done(() => value);
          }),
      };
      const cancel: Cancel = () => {
        job.cancelled = true;
        this.#waiting.delete(job);
      };
      if (this.#running < this.#limits.passwordHashesAtOnceMax) {
        this.#run(job);
      } else if (this.#waiting.size < this.#limits.passwordHashesQueuedMax) {
        this.#waiting.add(job);
      } else {
        done(() => {
          throw notAdmitted(STATUS.TransientNotAccepted);
        });
      }
      return cancel;
    });
  }

  #run(job: Job): void {
    this.#running += 1;
    job.work(() => {
      this.#running -= 1;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      this.#run(next);
    });
  }
}
