import { STATUS } from '../iggy-protocol/index.ts';
import { Refusal } from './refusal.ts';
import type { Secrets } from './secrets.ts';
import type { Storage, StoredToken } from './storage.ts';

/** As the official server makes them: 68 characters, so that none reads as a password login. */
const TOKEN_BYTES = 50;
const NEVER = 0xffff_ffff_ffff_ffffn;
/** What storage can hold; an expiry beyond is no date anybody means. */
const EXPIRES_AT_MAX = 0x7fff_ffff_ffff_ffffn;
/** Expired tokens are still listed for so long, then forgotten (iggy-vsr-0.11 §3.9). */
const EXPIRED_KEPT_MICROS = 60_000_000n;

/** Personal access tokens: in memory and written through. The secrets themselves are kept nowhere. */
export class Tokens {
  readonly #storage: Storage;
  readonly #secrets: Secrets;
  readonly #perUserMax: number;
  readonly #byHash = new Map<string, StoredToken>();

  constructor(
    storage: Storage,
    secrets: Secrets,
    perUserMax: number,
    stored: readonly StoredToken[],
  ) {
    this.#storage = storage;
    this.#secrets = secrets;
    this.#perUserMax = perUserMax;
    for (const token of stored) this.#byHash.set(hashKey(token.hash), token);
  }

  /** Sorted by name, as they are told. */
  list(userId: number, nowMicros: bigint): StoredToken[] {
    this.#forgetExpired(nowMicros);
    return this.#ownedBy(userId).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /**
   * Returns the secret, which nobody can ask for again.
   *
   * @param lifetimeMicros 0 and 2^64 - 1 both mean for ever
   */
  create(userId: number, name: string, lifetimeMicros: bigint, nowMicros: bigint): string {
    this.#forgetExpired(nowMicros);
    const owned = this.#ownedBy(userId);
    if (owned.some((token) => token.name === name)) {
      throw new Refusal(STATUS.PersonalAccessTokenAlreadyExists);
    }
    if (owned.length >= this.#perUserMax) {
      throw new Refusal(STATUS.PersonalAccessTokensLimitReached);
    }
    const forEver = lifetimeMicros === 0n || lifetimeMicros === NEVER;
    const expiresAtMicros = forEver ? 0n : nowMicros + lifetimeMicros;
    if (expiresAtMicros > EXPIRES_AT_MAX) {
      throw new Refusal(STATUS.InvalidPersonalAccessTokenExpiry);
    }
    const secret = this.#secrets.randomBytes(TOKEN_BYTES).toString('base64');
    const token = { userId, name, hash: this.#secrets.hash(secret), expiresAtMicros };
    this.#byHash.set(hashKey(token.hash), token);
    this.#storage.insertToken(token);
    return secret;
  }

  delete(userId: number, name: string): void {
    const token = this.#ownedBy(userId).find((owned) => owned.name === name);
    if (token === undefined) throw new Refusal(STATUS.ResourceNotFound);
    this.#forget(token);
  }

  /** For a user that is no more: the next one may get its id. */
  deleteAllOf(userId: number): void {
    for (const token of this.#ownedBy(userId)) this.#forget(token);
  }

  /** Whose token it is, while it is valid. Its hash is looked up, so timing tells nothing of use. */
  userOf(secret: string, nowMicros: bigint): number | undefined {
    const token = this.#byHash.get(hashKey(this.#secrets.hash(secret)));
    return token === undefined || isExpired(token, nowMicros) ? undefined : token.userId;
  }

  #ownedBy(userId: number): StoredToken[] {
    return [...this.#byHash.values()].filter((token) => token.userId === userId);
  }

  #forgetExpired(nowMicros: bigint): void {
    // Those who only ask for a list are answered also while nothing can be written.
    if (this.#storage.room === 'none') return;
    for (const token of this.#byHash.values()) {
      if (isExpired(token, nowMicros - EXPIRED_KEPT_MICROS)) this.#forget(token);
    }
  }

  #forget(token: StoredToken): void {
    this.#byHash.delete(hashKey(token.hash));
    this.#storage.deleteToken(token.userId, token.name);
  }
}

function isExpired({ expiresAtMicros }: StoredToken, nowMicros: bigint): boolean {
  return expiresAtMicros !== 0n && expiresAtMicros <= nowMicros;
}

function hashKey(hash: Buffer): string {
  return hash.toString('hex');
}
