import { writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { keysText, writeKeysFile } from '../support/keys-file.ts';
import { startGatewayProcess, until } from '../support/spawn-gateway.ts';

const inMemory = { EMBEDDED_BROKER_DATA_DIR: ':memory:', SHUTDOWN_DELAY_MS: '0' };
const aKey = (key: string) => ({ name: key, key, scopes: ['view:*'] });

test('the file of keys is read again on SIGHUP, which ends nothing', async () => {
  const file = writeKeysFile(aKey('old'));
  const gateway = await startGatewayProcess({ env: { ...inMemory, API_KEYS_FILE: file } });
  const status = async (key: string): Promise<number> =>
    (await fetch(`${gateway.url}/streams`, { headers: { 'x-api-key': key } })).status;
  await until(async () => (await status('old')) === 200);

  writeFileSync(file, keysText(aKey('new')));
  gateway.kill('SIGHUP');
  await until(async () => (await status('new')) === 200);
  expect(await status('old')).toBe(401);

  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(gateway.output.stdout).toContain('the file of API keys was read again');
});

test('the start line says whether keys are needed, and which limits are in force', async () => {
  const gateway = await startGatewayProcess({
    env: { ...inMemory, API_KEY: 'hush', RATE_LIMIT_RPS: '7', RATE_LIMIT_BURST: '3' },
  });
  await until(() => gateway.output.stdout.includes('listening on'));
  expect(gateway.output.stdout).toMatch(/listening on .*authentication on/);
  expect(gateway.output.stdout).toContain('7 requests a second from a client (3 at once)');
  expect(gateway.output.stdout).not.toMatch(/hush|authentication is off/);
});

test('who listens to the world without a key is warned', async () => {
  const gateway = await startGatewayProcess({ env: { ...inMemory, HOST: '0.0.0.0' } });
  await until(() => gateway.output.stdout.includes('listening on'));
  expect(gateway.output.stdout).toMatch(/"warn".*authentication is off, and HOST is 0\.0\.0\.0/);
  expect(gateway.output.stdout).toMatch(/listening on .*authentication off/);
});
