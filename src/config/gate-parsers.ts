import { createHash } from 'node:crypto';

import type { ApiKey } from '../models/api-key.ts';
import { parseNetwork } from '../models/network.ts';
import { fileFingerprint, KeysFileError, readKeysFile } from './keys-file.ts';
import { SettingError } from './parsers.ts';

/** The parts of a comma-separated list, without the spaces around them. */
function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Addresses and networks, IPv4 and IPv6. */
export function networks(text: string): readonly string[] {
  const list = listOf(text);
  if (list.every((entry) => parseNetwork(entry) !== undefined)) return list;
  throw new SettingError('must be addresses or networks, such as 10.0.0.0/8,2001:db8::/32');
}

/** All origins, or a list of them as browsers write them. */
export function origins(text: string): '*' | readonly string[] {
  const list = listOf(text);
  if (list.length === 1 && list[0] === '*') return '*';
  if (list.every((origin) => URL.parse(origin)?.origin === origin)) return list;
  throw new SettingError('must be * or origins, such as https://app.example.com');
}

/** Paths of requests, to be matched exactly. */
export function paths(text: string): readonly string[] {
  const list = listOf(text);
  if (list.every((path) => path.startsWith('/'))) return list;
  throw new SettingError('must be paths that begin with /, such as /health,/ready');
}

/** What a header can carry, and neither a comma nor a space could be part of. */
const KEY = /^[\x21-\x2b\x2d-\x7e]+$/;

/** Keys that may do everything. Only their digests are kept. */
export function apiKeys(text: string): readonly ApiKey[] {
  const list = listOf(text);
  if (list.length === 0) throw new SettingError('must hold at least one key');
  if (!list.every((key) => KEY.test(key))) {
    throw new SettingError('must be keys of printable ASCII characters without spaces');
  }
  return list.map((key, index) => ({
    name: index === 0 ? 'API_KEY' : `API_KEY.${index + 1}`,
    sha256: createHash('sha256').update(key).digest('hex'),
    scopes: 'everything',
  }));
}

export interface KeysFile {
  readonly path: string;
  /** Of the file that was read. */
  readonly fingerprint: string;
  readonly keys: readonly ApiKey[];
}

export function keysFile(path: string): KeysFile {
  try {
    // Taken first: a file that is changed while it is read is found to be changed.
    const fingerprint = fileFingerprint(path);
    return { path, fingerprint, keys: readKeysFile(path) };
  } catch (error) {
    if (!(error instanceof KeysFileError)) throw error;
    throw new SettingError(`must name a file of API keys: ${error.message}`, { cause: error });
  }
}
