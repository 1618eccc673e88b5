import { argon2, argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

import { invariant } from '../utils/invariant.ts';
import type { Passwords } from './passwords.ts';

/**
 * Argon2id, version 1.3 (RFC 9106), with the least memory OWASP's cheat sheet on storing passwords still
 * allows: 19 MiB, two passes, one lane. RFC 9106's own choice for small machines, 64 MiB and four lanes,
 * is not for a broker that may run in 256 MiB beside its gateway and hash two at a time. These are the
 * official server's parameters too. They are stored with each hash: raising them leaves old hashes valid.
 */
const PARAMETERS: Parameters = { memoryKib: 19_456, passes: 2, lanes: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

interface Parameters {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

interface StoredHash extends Parameters {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Compared with for users that do not exist: random, so that it is the hash of nothing anybody knows. */
const NOBODY: StoredHash = {
  ...PARAMETERS,
  salt: randomBytes(SALT_BYTES),
  hash: randomBytes(HASH_BYTES),
};

/** Hashes in the thread pool of Node. */
export const argon2Passwords: Passwords = {
  hash(password, done) {
    const salt = randomBytes(SALT_BYTES);
    const made = { ...PARAMETERS, salt };
    argon2(
      'argon2id',
      request({ ...made, hash: Buffer.alloc(HASH_BYTES) }, password),
      (error, hash) => {
        if (error !== null) throw error;
        done(format({ ...made, hash }));
      },
    );
  },
  verify(stored, password, done) {
    const expected = stored === undefined ? NOBODY : parse(stored);
    argon2('argon2id', request(expected, password), (error, hash) => {
      if (error !== null) throw error;
      done(timingSafeEqual(hash, expected.hash));
    });
  },
  verifyNow(stored, password) {
    const expected = parse(stored);
    return timingSafeEqual(argon2Sync('argon2id', request(expected, password)), expected.hash);
  },
};

function request({ memoryKib, passes, lanes, salt, hash }: StoredHash, password: string) {
  return {
    message: password,
    nonce: salt,
    parallelism: lanes,
    tagLength: hash.length,
    memory: memoryKib,
    passes,
  };
}

/** The PHC string format, as all implementations of Argon2 write it. */
function format({ memoryKib, passes, lanes, salt, hash }: StoredHash): string {
  const parameters = `m=${memoryKib},t=${passes},p=${lanes}`;
  return `$argon2id$v=19$${parameters}$${unpadded(salt)}$${unpadded(hash)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parse(stored: string): StoredHash {
  const match = PHC.exec(stored);
  invariant(match, 'a stored password is not a hash of Argon2id');
  const [, memoryKib = '', passes = '', lanes = '', salt = '', hash = ''] = match;
  return {
    memoryKib: Number(memoryKib),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
