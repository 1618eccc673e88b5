/** Whose request it is: what a duplicate is told by. */
export interface Sender {
  /** u128 */
  readonly clientId: bigint;
  /** Undefined where it is not known any more: after a restart. */
  readonly userId: number | undefined;
  /** u64, at least 1. */
  readonly request: bigint;
}

/** So many numbers are told apart one by one, from the highest on down (iggy-vsr-0.11 §2.9). */
export const WINDOW_NUMBERS = 128;

/** The numbers of one client that were committed: the highest, and which of those just below it. */
class RequestWindow {
  readonly userId: number | undefined;
  #highest = 0n;
  /** Bit n stands for the number `#highest - n`. */
  #committed = 0n;

  constructor(userId: number | undefined) {
    this.userId = userId;
  }

  has(request: bigint): boolean {
    if (request > this.#highest) return false;
    const age = this.#highest - request;
    return age >= WINDOW_NUMBERS || ((this.#committed >> age) & 1n) === 1n;
  }

  add(request: bigint): void {
    if (request > this.#highest) {
      const gap = request - this.#highest;
      const kept = gap >= WINDOW_NUMBERS ? 0n : this.#committed << gap;
      this.#committed = BigInt.asUintN(WINDOW_NUMBERS, kept | 1n);
      this.#highest = request;
      return;
    }
    const age = this.#highest - request;
    if (age < WINDOW_NUMBERS) this.#committed |= 1n << age;
  }
}

/**
 * Which requests of which clients one partition has committed (iggy-vsr-0.11 §2.9). Gaps are legal: a
 * number below the highest that was never seen is new. So far below it that it cannot be told any more,
 * it counts as committed. A client id under which another user writes starts afresh.
 */
export class CommittedRequests {
  readonly #clientsMax: number;
  /** In order of their last commits, the one that lies longest back first. */
  readonly #windows = new Map<bigint, RequestWindow>();

  constructor(clientsMax: number) {
    this.#clientsMax = clientsMax;
  }

  has({ clientId, userId, request }: Sender): boolean {
    const window = this.#windows.get(clientId);
    return window !== undefined && isOf(window, userId) && window.has(request);
  }

  add({ clientId, userId, request }: Sender): void {
    const known = this.#windows.get(clientId);
    const window = known !== undefined && isOf(known, userId) ? known : new RequestWindow(userId);
    window.add(request);
    this.#windows.delete(clientId);
    this.#windows.set(clientId, window);
    if (this.#windows.size > this.#clientsMax) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const clientId of this.#windows.keys()) {
      this.#windows.delete(clientId);
      return;
    }
  }
}

/** Where the user is not known any more, whoever knows the client id is taken for it. */
function isOf(window: RequestWindow, userId: number | undefined): boolean {
  return window.userId === undefined || window.userId === userId;
}
