import type { Passwords } from '../../src/iggy-broker/passwords.ts';

/** Passwords kept as they are and compared at once: for tests, which have no time for hashing. */
export const plainPasswords: Passwords = {
  hash: (password, done) => done(`plain ${password}`),
  verify: (stored, password, done) => done(stored === `plain ${password}`),
  verifyNow: (stored, password) => stored === `plain ${password}`,
};
