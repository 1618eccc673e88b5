import { mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  fileFingerprint,
  KeysFileError,
  parseKeys,
  readKeysFile,
} from '../../../src/config/keys-file.ts';
import { API_KEYS_MAX } from '../../../src/models/api-key.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

const SHA256 = 'ab'.repeat(32);
const KEY = { name: 'billing', sha256: SHA256, scopes: ['send:orders/*'] };

function faultOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof KeysFileError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const faultIn = (content: unknown): string => faultOf(() => parseKeys(JSON.stringify(content)));

describe('the keys', () => {
  test('are what the file says', () => {
    expect(parseKeys(JSON.stringify([{ ...KEY, sha256: SHA256.toUpperCase() }]))).toEqual([
      {
        name: 'billing',
        sha256: SHA256,
        scopes: [{ verb: 'send', stream: 'orders', topic: '*' }],
      },
    ]);
  });

  test('may be none: then nobody comes in', () => expect(parseKeys('[]')).toEqual([]));

  test.each([
    [{}, 'the whole: '],
    [[{ ...KEY, key: 'plain' }], '/0: '],
    [[{ ...KEY, name: 'a b' }], '/0/name: '],
    [[{ ...KEY, sha256: 'abc' }], '/0/sha256: '],
    [[{ ...KEY, scopes: [] }], '/0/scopes: '],
    [[{ ...KEY, scopes: ['eat:*'] }], '/0/scopes/0: must be a verb'],
    [[KEY, { ...KEY, name: 'b' }], '/1/sha256: is there twice'],
    [[KEY, { ...KEY, sha256: 'cd'.repeat(32) }], '/1/name: is there twice'],
  ])('%j are refused with the place of the fault: %s', (content, fault) =>
    expect(faultIn(content)).toContain(fault),
  );

  test('are refused with several faults at once, but not with all of many', () => {
    const fault = faultIn(Array.from({ length: 20 }, () => 1));
    expect(fault).toContain('/4: ');
    expect(fault).not.toContain('/5: ');
    expect(fault).toMatch(/; and 15 more$/);
  });

  test(`are at most ${API_KEYS_MAX}`, () => {
    const key = (n: number) => ({ ...KEY, name: `k${n}`, sha256: String(n).padStart(64, '0') });
    const most = Array.from({ length: API_KEYS_MAX }, (_, n) => key(n));
    expect(parseKeys(JSON.stringify(most))).toHaveLength(API_KEYS_MAX);
    expect(faultIn([...most, key(API_KEYS_MAX)])).toContain('the whole: ');
  });

  test('are never shown where the text is no JSON', () => {
    expect(faultOf(() => parseKeys('{hush'))).toBe('it is not JSON');
  });

  test('are keys or a fault, whatever the text is', () => {
    const entry = fc.oneof(fc.constant(KEY), fc.jsonValue());
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(entry).map((it) => JSON.stringify(it)),
    );
    fc.assert(
      fc.property(text, (it) => {
        try {
          parseKeys(it);
        } catch (error) {
          expect(error).toBeInstanceOf(KeysFileError);
        }
      }),
    );
  });
});

describe('the file', () => {
  test('that is not there, no file, or too large is refused', () => {
    const directory = temporaryDirectory();
    expect(faultOf(() => readKeysFile(path.join(directory, 'none')))).toBe('it cannot be read');
    expect(faultOf(() => readKeysFile(directory))).toMatch(/^it is no file of at most/);
    const large = path.join(directory, 'large');
    writeFileSync(large, ' '.repeat(1024 * 1024 + 1));
    expect(faultOf(() => readKeysFile(large))).toMatch(/^it is no file of at most/);
  });

  test('is another one once it was written, replaced, linked elsewhere or taken away', () => {
    const directory = temporaryDirectory();
    const file = path.join(directory, 'keys.json');
    const seen = new Set<string>();
    const differs = (): void => {
      const fingerprint = fileFingerprint(file);
      expect(fileFingerprint(file)).toBe(fingerprint);
      expect(seen).not.toContain(fingerprint);
      seen.add(fingerprint);
    };
    differs();
    writeFileSync(file, 'one');
    differs();
    writeFileSync(file, 'three');
    differs();
    const other = path.join(directory, 'other');
    writeFileSync(other, 'three');
    utimesSync(other, 1, 1);
    utimesSync(file, 1, 1);
    differs();
    renameSync(other, file);
    differs();
    // As secrets are mounted by orchestrators: a link to a directory that is turned to another one.
    for (const version of ['v1', 'v2']) {
      mkdirSync(path.join(directory, version));
      writeFileSync(path.join(directory, version, 'keys.json'), 'same');
    }
    const current = path.join(directory, 'current');
    symlinkSync('v1', current);
    const throughLink = fileFingerprint(path.join(current, 'keys.json'));
    unlinkSync(current);
    symlinkSync('v2', current);
    expect(fileFingerprint(path.join(current, 'keys.json'))).not.toBe(throughLink);
  });
});
