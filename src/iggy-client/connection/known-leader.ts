import type { Clock } from '../../utils/clock.ts';
import type { Address } from './duplex.ts';
import { isSame } from './leader.ts';

/**
 * So long a leader that could not be reached is not followed again. Not for ever: it may have been away
 * for a moment, and whoever does not lead takes no writes.
 */
const UNREACHABLE_MS = 10_000;

/**
 * Where the cluster's leader is, as far as a pool's connections found out: what one of them learned, after
 * a timeout perhaps, the others need not learn again, one after the other.
 */
export class KnownLeader {
  readonly #clock: Clock;
  #address: Address | undefined;
  #unreachable: { readonly address: Address; readonly untilMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Where to dial first; undefined: where it was configured. */
  get address(): Address | undefined {
    return this.#address;
  }

  found(address: Address): void {
    this.#address = address;
  }

  /** It was dialed, in vain. */
  missed(address: Address): void {
    this.#unreachable = { address, untilMs: this.#clock.monotonicMs() + UNREACHABLE_MS };
    // Another one may have been found meanwhile.
    if (this.#address !== undefined && isSame(this.#address, address)) this.#address = undefined;
  }

  /** Whether it was dialed in vain a short while ago. */
  isUnreachable(leader: Address): boolean {
    const missed = this.#unreachable;
    if (missed === undefined || this.#clock.monotonicMs() >= missed.untilMs) return false;
    return isSame(leader, missed.address);
  }
}
