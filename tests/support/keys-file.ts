import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { temporaryDirectory } from './start-broker.ts';

export interface TestKey {
  name: string;
  /** What its bearer sends. */
  key: string;
  scopes: readonly string[];
}

/** The text of a file of API keys. */
export function keysText(...keys: readonly TestKey[]): string {
  return JSON.stringify(
    keys.map(({ name, key, scopes }) => ({
      name,
      scopes,
      sha256: createHash('sha256').update(key).digest('hex'),
    })),
  );
}

/** Writes such a file into a directory of the test's own, and returns its path. */
export function writeKeysFile(...keys: readonly TestKey[]): string {
  const file = path.join(temporaryDirectory(), 'keys.json');
  writeFileSync(file, keysText(...keys));
  return file;
}
