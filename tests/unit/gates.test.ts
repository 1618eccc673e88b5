import { renameSync, rmSync, writeFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { type LogFields, silentLogger } from '../../src/telemetry/logger.ts';
import { keysText, writeKeysFile } from '../support/keys-file.ts';
import { startTestApp } from '../support/start-app.ts';

const everything = ['admin:*', 'send:*', 'poll:*'];
const OLD = { name: 'old', key: 'old-key', scopes: everything };
const NEW = { name: 'new', key: 'new-key', scopes: everything };

/** A gateway with a file of keys in which only the old one stands. */
async function startWithFile() {
  const errors: { message: string; fields: LogFields }[] = [];
  const file = writeKeysFile(OLD);
  const { app, clock, fetch } = await startTestApp({
    env: { API_KEYS_FILE: file, API_KEY: 'fixed' },
    log: {
      ...silentLogger,
      error: (message, fields = {}) => void errors.push({ message, fields }),
    },
  });
  const letsIn = async (key: string): Promise<boolean> =>
    (await fetch('/streams', { headers: { 'x-api-key': key } })).status === 200;
  return { file, app, clock, letsIn, errors };
}

describe('the file of keys is read again', () => {
  test('when it was written', async () => {
    const { file, clock, letsIn } = await startWithFile();
    expect(await letsIn('old-key')).toBe(true);
    writeFileSync(file, keysText(OLD, NEW));
    await clock.advance(1000);
    expect(await letsIn('old-key')).toBe(true);
    expect(await letsIn('new-key')).toBe(true);
    writeFileSync(file, keysText(NEW));
    await clock.advance(1000);
    expect(await letsIn('old-key')).toBe(false);
  });

  test('when another one was put in its place', async () => {
    const { file, clock, letsIn } = await startWithFile();
    writeFileSync(`${file}.new`, keysText(NEW));
    renameSync(`${file}.new`, file);
    await clock.advance(1000);
    expect(await letsIn('old-key')).toBe(false);
    expect(await letsIn('new-key')).toBe(true);
  });

  test('when it is asked for, at once', async () => {
    const { file, app, letsIn } = await startWithFile();
    writeFileSync(file, keysText(NEW));
    app.reloadKeys();
    expect(await letsIn('new-key')).toBe(true);
  });

  test('and the keys of the settings stay in force', async () => {
    const { file, clock, letsIn } = await startWithFile();
    writeFileSync(file, '[]');
    await clock.advance(1000);
    expect(await letsIn('old-key')).toBe(false);
    expect(await letsIn('fixed')).toBe(true);
  });
});

describe('a file that is broken', () => {
  test.each([
    ['no JSON', (file: string) => writeFileSync(file, '[{"name":"ne')],
    ['no keys', (file: string) => writeFileSync(file, '{"hush":1}')],
    ['gone', (file: string) => rmSync(file)],
  ])('(%s) leaves the keys as they were, and is an error in the log, once', async (_, spoil) => {
    const { file, clock, letsIn, errors } = await startWithFile();
    spoil(file);
    await clock.advance(10_000);
    expect(await letsIn('old-key')).toBe(true);
    expect(errors).toEqual([
      {
        message: 'the file of API keys is broken; the keys stay as they were',
        fields: expect.objectContaining({ path: file }),
      },
    ]);

    writeFileSync(file, keysText(NEW));
    await clock.advance(1000);
    expect(await letsIn('new-key')).toBe(true);
    expect(await letsIn('old-key')).toBe(false);
  });
});

test('without a file there is nothing to read again', async () => {
  const { app, fetch } = await startTestApp({ env: { API_KEY: 'fixed' } });
  app.reloadKeys();
  expect((await fetch('/streams', { headers: { 'x-api-key': 'fixed' } })).status).toBe(200);
});
