import { type Cancel, Later } from './later.ts';
import type { HashingQueue } from './passwords.ts';
import type { Secrets } from './secrets.ts';
import type { Account, RootCredentials } from './users.ts';

const KEY_BYTES = 32;

type Done = (finish: () => boolean) => void;

interface Verification {
  readonly waiting: Set<Done>;
  cancel: Cancel;
}

/**
 * Tells whether a password is a user's. Hashing it takes tens of milliseconds, on purpose; so the last
 * password that was right is remembered for each user, as a digest with a key that is in this process
 * only, and whoever asks the same at the same time waits for the same answer. A thousand clients that
 * come back at once cost one hash.
 *
 * What was wrong cannot be told from the time it takes: a missing user, a wrong password and one of root
 * all take a hash.
 */
export class Credentials {
  readonly #queue: HashingQueue;
  readonly #secrets: Secrets;
  readonly #key: Buffer;
  readonly #configured: Buffer;
  /** By user; what is gone from the users is gone from here. */
  readonly #verified = new WeakMap<Account, Buffer>();
  /** No more than the queue runs and holds. */
  readonly #running = new Map<string, Verification>();

  constructor(queue: HashingQueue, secrets: Secrets, root: RootCredentials) {
    this.#queue = queue;
    this.#secrets = secrets;
    this.#key = secrets.randomBytes(KEY_BYTES);
    this.#configured = this.#digest('', root.password);
  }

  /** `account` is undefined for a name that nobody has: then the answer is no, as late as any other. */
  check(account: Account | undefined, name: string, password: string): boolean | Later<boolean> {
    const stored = account?.password ?? undefined;
    if (account !== undefined && stored === undefined) {
      // Root, as configured: in memory as it is, so there is nothing to protect by hashing slowly.
      if (this.#secrets.hashesEqual(this.#digest('', password), this.#configured)) return true;
    }
    const digest = this.#digest(stored ?? '', password);
    const verified = account && this.#verified.get(account);
    if (verified !== undefined && this.#secrets.hashesEqual(verified, digest)) return true;
    return new Later((done) =>
      this.#join(`${digest.toString('hex')} ${name}`, stored, password, done),
    ).through((finish) => {
      const fits = finish();
      if (!fits || account === undefined) return false;
      // Changed while it was verified: then this one has come too late.
      if (account.password !== stored) return false;
      this.#verified.set(account, digest);
      return true;
    });
  }

  #join(key: string, stored: string | undefined, password: string, done: Done): Cancel {
    let verification = this.#running.get(key);
    if (verification === undefined) {
      verification = { waiting: new Set([done]), cancel: () => {} };
      this.#begin(key, verification, stored, password);
    } else {
      verification.waiting.add(done);
    }
    const joined = verification;
    return () => {
      joined.waiting.delete(done);
      if (joined.waiting.size > 0 || this.#running.get(key) !== joined) return;
      joined.cancel();
      this.#running.delete(key);
    };
  }

  #begin(
    key: string,
    verification: Verification,
    stored: string | undefined,
    password: string,
  ): void {
    this.#running.set(key, verification);
    verification.cancel = this.#queue.verify(stored, password).start((finish) => {
      this.#running.delete(key);
      for (const done of verification.waiting) done(finish);
    });
  }

  /** A stored hash has its own salt, so that it takes the place of the user's name. */
  #digest(stored: string, password: string): Buffer {
    return this.#secrets.keyedHash(this.#key, `${stored}\0${password}`);
  }
}
