import { z } from 'zod';

import { type Scope, scope } from './scope.ts';

/** Somebody who may come in. The key itself is known to nobody here. */
export interface ApiKey {
  /** Goes into the log. */
  readonly name: string;
  /** SHA-256 of the key, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** `everything`: a key that stands in the settings. */
  readonly scopes: readonly Scope[] | 'everything';
}

export const API_KEYS_MAX = 1000;
const SCOPES_MAX = 100;

const apiKey = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must have 1 to 64 letters, digits, ".", "_", "-"'),
  sha256: z
    .string()
    .regex(/^[0-9A-Fa-f]{64}$/, 'must have 64 hexadecimal digits')
    .toLowerCase(),
  scopes: z.array(scope).min(1).max(SCOPES_MAX),
});

/** The content of a keys file. Names and digests are each there once. */
export const apiKeyList = z
  .array(apiKey)
  .max(API_KEYS_MAX)
  .superRefine((keys, context) => {
    for (const member of ['name', 'sha256'] as const) {
      const seen = new Set<string>();
      for (const [index, key] of keys.entries()) {
        if (seen.has(key[member])) {
          context.addIssue({ code: 'custom', path: [index, member], message: 'is there twice' });
        }
        seen.add(key[member]);
      }
    }
  });
