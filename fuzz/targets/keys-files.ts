import fc from 'fast-check';

import { KeysFileError, parseKeys } from '../../src/config/keys-file.ts';
import { anyJsonText } from '../../tests/support/json-texts.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const SECRET = 'c0ffee'.repeat(10);

const anyScope = fc.oneof(
  fc.constantFrom('send:orders/*', 'poll:*/*', 'admin:*', 'view:*', 'send:', ':', 'admin:*/*/*'),
  fc.string({ unit: fc.constantFrom(...Array.from('sendpolladmin:*/.-')), maxLength: 20 }),
);

const anyKey = fc.oneof(
  fc
    .tuple(
      fc.string({ maxLength: 5 }),
      fc.string({ maxLength: 4 }),
      fc.array(anyScope, { maxLength: 3 }),
    )
    .map(([name, end, scopes]) => JSON.stringify({ name, sha256: `${SECRET}${end}`, scopes })),
  anyJsonText(),
);

/** A file of keys is read, or refused without a word of what stands in it. */
export const keysFiles = target({
  name: 'keys-files',
  arbitrary: fc.oneof(
    fc.array(anyKey, { maxLength: 4 }).map((keys) => `[${keys.join(',')}]`),
    anyJsonText(),
    fc.string({ unit: 'binary' }),
  ),
  check(text) {
    try {
      for (const key of parseKeys(text)) must(/^[0-9a-f]{64}$/.test(key.sha256), 'no digest');
    } catch (error) {
      must(error instanceof KeysFileError, `another error: ${String(error)}`);
      must(!error.message.includes(SECRET), 'a digest is told');
    }
  },
});
