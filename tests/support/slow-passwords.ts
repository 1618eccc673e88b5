import type { Passwords } from '../../src/iggy-broker/passwords.ts';
import { plainPasswords } from './plain-passwords.ts';

/** Passwords that are hashed when the test says so, in the order they were asked for; and counted. */
export class SlowPasswords implements Passwords {
  /** Of everything that was ever asked for, what it was asked of. */
  readonly asked: { stored: string | undefined; password: string }[] = [];
  #pending: (() => void)[] = [];

  get pendingCount(): number {
    return this.#pending.length;
  }

  hash(password: string, done: (stored: string) => void): void {
    this.asked.push({ stored: undefined, password });
    this.#pending.push(() => plainPasswords.hash(password, done));
  }

  verify(stored: string | undefined, password: string, done: (fits: boolean) => void): void {
    this.asked.push({ stored, password });
    this.#pending.push(() => plainPasswords.verify(stored, password, done));
  }

  verifyNow(stored: string, password: string): boolean {
    return plainPasswords.verifyNow(stored, password);
  }

  /** Finishes the one that was asked for first of those still pending, or a later one. */
  finishOne(index = 0): void {
    const [finish] = this.#pending.splice(index, 1);
    if (finish === undefined) throw new Error('nothing is being hashed');
    finish();
  }

  /** Also what is asked for only while it finishes others. */
  finishAll(): void {
    while (this.#pending.length > 0) this.finishOne();
  }
}
