/** Randomness that nobody can guess, and comparison that tells nobody how close a guess was. */
export interface Secrets {
  randomBytes(count: number): Buffer;
  /** SHA-256. For secrets that are random themselves; passwords that people choose need more when stored. */
  hash(secret: string): Buffer;
  /** HMAC with SHA-256. For what must not be guessed by somebody who sees the result. */
  keyedHash(key: Buffer, secret: string): Buffer;
  /** In constant time; both must have come from the same one of the two. */
  hashesEqual(one: Buffer, other: Buffer): boolean;
}
