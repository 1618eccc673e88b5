import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Secrets } from './secrets.ts';

export const systemSecrets: Secrets = {
  randomBytes: (count) => randomBytes(count),
  hash: (secret) => createHash('sha256').update(secret, 'utf8').digest(),
  keyedHash: (key, secret) => createHmac('sha256', key).update(secret, 'utf8').digest(),
  hashesEqual: (one, other) => timingSafeEqual(one, other),
};
