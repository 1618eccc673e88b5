import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { lockDirectory } from '../../../src/iggy-broker/lock.ts';
import { temporaryDirectory } from '../../support/start-broker.ts';

const LOCK_MODULE = new URL('../../../src/iggy-broker/lock.ts', import.meta.url).href;

/** Tries to take the lock from another process, which then ends without a word. */
function lockElsewhere(directory: string): string {
  const script = `
    import { lockDirectory } from ${JSON.stringify(LOCK_MODULE)};
    try {
      lockDirectory(${JSON.stringify(directory)});
      process.stdout.write('taken');
      process.kill(process.pid, 'SIGKILL');
    } catch (error) {
      process.stdout.write(error.reason);
    }`;
  try {
    return execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
}

test('a directory is made for its owner alone, and belongs to one broker at a time', () => {
  const directory = path.join(temporaryDirectory(), 'deep', 'data');
  const lock = lockDirectory(directory);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(() => lockDirectory(directory)).toThrow(
    expect.objectContaining({
      reason: 'locked',
      message: `${directory} is in use by another broker`,
    }) as Error,
  );
  expect(lockElsewhere(directory)).toBe('locked');
  lock.release();
});

test('one that was killed leaves nothing in the way of the next', () => {
  const directory = temporaryDirectory();
  expect(lockElsewhere(directory)).toBe('taken');
  expect(readdirSync(directory)).toEqual(['broker.lock']);
  const lock = lockDirectory(directory);
  lock.release();
  lock.release();
  lockDirectory(directory).release();
});

test('a directory that cannot be made says so', () => {
  const directory = temporaryDirectory();
  writeFileSync(path.join(directory, 'file'), '');
  expect(() => lockDirectory(path.join(directory, 'file', 'data'))).toThrow(
    expect.objectContaining({ reason: 'io' }) as Error,
  );
  mkdirSync(path.join(directory, 'broker.lock'));
  expect(() => lockDirectory(directory)).toThrow(
    expect.objectContaining({ reason: 'io' }) as Error,
  );
});
