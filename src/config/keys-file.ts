import { readFileSync, statSync } from 'node:fs';

import { type ApiKey, apiKeyList } from '../models/api-key.ts';

const FILE_BYTES_MAX = 1024 * 1024;
const FAULTS_TOLD_MAX = 5;

/** Why a keys file cannot be used. Tells where the fault is, and nothing of what stands there. */
export class KeysFileError extends Error {
  override readonly name = 'KeysFileError';
}

/** Reads the keys from a file. Throws KeysFileError if it cannot be read or is not what it should be. */
export function readKeysFile(path: string): readonly ApiKey[] {
  return parseKeys(readText(path));
}

function readText(path: string): string {
  let cause: unknown;
  try {
    const stat = statSync(path);
    if (stat.isFile() && stat.size <= FILE_BYTES_MAX) return readFileSync(path, 'utf8');
  } catch (error) {
    cause = error;
  }
  const fault =
    cause === undefined ? `is no file of at most ${FILE_BYTES_MAX} bytes` : 'cannot be read';
  throw new KeysFileError(`it ${fault}`, { cause });
}

/** The same for its text. */
export function parseKeys(text: string): readonly ApiKey[] {
  const checked = apiKeyList.safeParse(parseJson(text));
  if (checked.success) return checked.data;
  const { issues } = checked.error;
  const faults = issues
    .slice(0, FAULTS_TOLD_MAX)
    .map(({ path, message }) => `${['', ...path].join('/') || 'the whole'}: ${message}`);
  const others = issues.length > faults.length ? `; and ${issues.length - faults.length} more` : '';
  throw new KeysFileError(`${faults.join('; ')}${others}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What the parser has to say quotes the text.
    throw new KeysFileError('it is not JSON');
  }
}

/** What is another one whenever the file at `path` has been changed, replaced or taken away. */
export function fileFingerprint(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return 'not there';
  }
}
