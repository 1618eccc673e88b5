import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { ApiKey } from '../models/api-key.ts';

const SECRET_BYTES = 32;
const SHA256_BYTES = 32;

interface Entry {
  readonly digest: Buffer;
  /** Undefined: nobody's. */
  readonly key: ApiKey | undefined;
}

/**
 * The keys that are in force, looked up by a digest under a secret that only this process knows.
 *
 * There is one code path for right, wrong and unknown keys, and behind the first hash everything has a fixed
 * size, so that time tells nothing about the keys that are known, their lengths least of all
 * (http-contract §7, fault 11): SHA-256 of what was given (a fixed size) → SHA-256 of the secret and that (nobody
 * outside can choose which entry the look-up meets; with one size of input, nothing can be appended to it
 * either) → one look-up, one comparison in constant time.
 */
export class KeyRing {
  /** The secret, and behind it the hash that is asked for. */
  readonly #salted = Buffer.concat([randomBytes(SECRET_BYTES), Buffer.alloc(SHA256_BYTES)]);
  /** What a key is compared with that is not known; no key has this digest. */
  readonly #nobody: Entry = { digest: randomBytes(SECRET_BYTES), key: undefined };
  readonly #found = Buffer.alloc(SHA256_BYTES);
  #entries: ReadonlyMap<string, Entry> = new Map();

  constructor(keys: readonly ApiKey[]) {
    this.replace(keys);
  }

  /** From now on these are the keys. Of two with the same digest the later one counts. */
  replace(keys: readonly ApiKey[]): void {
    this.#entries = new Map(
      keys.map((key) => {
        const digest = this.#digest(key.sha256);
        return [digest, { digest: Buffer.from(digest, 'hex'), key }];
      }),
    );
  }

  find(given: string): ApiKey | undefined {
    const digest = this.#digest(hash('sha256', given));
    const entry = this.#entries.get(digest) ?? this.#nobody;
    this.#found.write(digest, 'hex');
    return timingSafeEqual(entry.digest, this.#found) ? entry.key : undefined;
  }

  /** Both in hex: as bytes, each would be memory of its own outside of the heap. */
  #digest(sha256: string): string {
    this.#salted.write(sha256, SECRET_BYTES, 'hex');
    return hash('sha256', this.#salted);
  }
}
