/**
 * Lets one of a pool's connections dial at a time: logins are expensive for the broker, and many at
 * once hold up everybody else's requests (iggy-vsr-observed §4.3). Who holds the turn keeps it from
 * attempt to attempt until it gives it back.
 */
export class DialTurns {
  #holder: object | undefined;
  readonly #queue = new Map<object, () => void>();

  /** Calls `start` once it is `who`'s turn: now, if it already is or nobody else's is. */
  take(who: object, start: () => void): void {
    if (this.#holder === undefined || this.#holder === who) {
      this.#holder = who;
      start();
    } else {
      this.#queue.set(who, start);
    }
  }

  /** Gives the turn back, or the place in the queue. Harmless for who has neither. */
  release(who: object): void {
    this.#queue.delete(who);
    if (this.#holder !== who) return;
    this.#holder = undefined;
    for (const [next, start] of this.#queue) {
      this.#queue.delete(next);
      this.#holder = next;
      start();
      return;
    }
  }
}
