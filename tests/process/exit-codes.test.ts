import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { newDataDir, spawnGateway, startGatewayProcess, until } from '../support/spawn-gateway.ts';
import { spawnProgram } from '../support/spawn-program.ts';

const inMemory = { EMBEDDED_BROKER_DATA_DIR: ':memory:' };

test('0 after SIGTERM, having answered everything', async () => {
  const gateway = await startGatewayProcess({ env: { ...inMemory, SHUTDOWN_DELAY_MS: '0' } });
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});

test('0 after Ctrl-C', async () => {
  const gateway = await startGatewayProcess({ env: { ...inMemory, SHUTDOWN_DELAY_MS: '0' } });
  gateway.kill('SIGINT');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});

test('while stopping: /ready says 503, requests are answered and asked to close', async () => {
  const gateway = await startGatewayProcess({ env: { ...inMemory, SHUTDOWN_DELAY_MS: '5000' } });
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);

  gateway.kill('SIGTERM');
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 503);

  const health = await fetch(`${gateway.url}/health`);
  expect(health.status).toBe(200);
  expect(health.headers.get('connection')).toBe('close');
  // A second signal ends it at once, long before the delay has passed.
  gateway.kill('SIGTERM');
  expect((await gateway.exited).signal).toBeNull();
});

test('78 with bad settings, naming every one of them on its own line, and no secret', async () => {
  const gateway = spawnGateway({
    env: {
      PORT: 'many',
      IGGY_STREAM: 'not a name',
      IGGY_CONNECTION_STRING: 'iggy://someone:hush-hush@',
      RECONNECT_BASE_DELAY_MS: '-5',
    },
  });
  expect(await gateway.exited).toEqual({ code: 78, signal: null });
  const lines = gateway.output.stderr.trim().split('\n');
  expect(lines).toHaveLength(4);
  for (const name of ['PORT', 'IGGY_STREAM', 'IGGY_CONNECTION_STRING', 'RECONNECT_BASE_DELAY_MS']) {
    expect(lines.filter((line) => line.startsWith(name))).toHaveLength(1);
  }
  expect(gateway.output.stderr + gateway.output.stdout).not.toContain('hush-hush');
});

test('69 if the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const gateway = spawnGateway({ env: { ...inMemory, PORT: String(port) } });
  expect(await gateway.exited).toEqual({ code: 69, signal: null });
  expect(gateway.output.stdout).toContain(String(port));
});

test('69 if the port of the embedded broker is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const gateway = spawnGateway({ env: { ...inMemory, EMBEDDED_BROKER_PORT: String(port) } });
  expect(await gateway.exited).toEqual({ code: 69, signal: null });
});

test('69 once MAX_RECONNECT_ATTEMPTS are spent', async () => {
  const gateway = spawnGateway({
    env: {
      IGGY_CONNECTION_STRING: 'iggy://iggy:iggy@127.0.0.1:1',
      MAX_RECONNECT_ATTEMPTS: '2',
      RECONNECT_BASE_DELAY_MS: '100',
      SHUTDOWN_DELAY_MS: '0',
    },
  });
  expect(await gateway.exited).toEqual({ code: 69, signal: null });
});

test('70 if another process has the data directory, whose data stays as it is', async () => {
  const env = { EMBEDDED_BROKER_DATA_DIR: newDataDir() };
  const first = await startGatewayProcess({ env });
  const second = spawnGateway({ env });
  expect(await second.exited).toEqual({ code: 70, signal: null });
  expect(second.output.stdout).toContain(env.EMBEDDED_BROKER_DATA_DIR);
  expect((await fetch(`${first.url}/health`)).status).toBe(200);
});

test('70 if the data file is not ours, and it is not touched', async () => {
  const dataDir = newDataDir();
  const env = { EMBEDDED_BROKER_DATA_DIR: dataDir };
  const first = await startGatewayProcess({ env: { ...env, SHUTDOWN_DELAY_MS: '0' } });
  first.kill('SIGTERM');
  await first.exited;
  const file = path.join(dataDir, 'broker.db');
  const content = 'this is no database, and somebody may want it back'.repeat(100);
  writeFileSync(file, content);

  const second = spawnGateway({ env });
  expect(await second.exited).toEqual({ code: 70, signal: null });
  expect(second.output.stdout).toContain(dataDir);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('starting does not wait for the broker: the port is open, /health 200, /ready 503', async () => {
  const gateway = await startGatewayProcess({
    env: { IGGY_CONNECTION_STRING: 'iggy://iggy:iggy@127.0.0.1:1' },
  });
  const health = await fetch(`${gateway.url}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ status: 'degraded', iggy_connected: false });
  expect((await fetch(`${gateway.url}/ready`)).status).toBe(503);
});

describe('with STARTUP_WAIT_FOR_BROKER', () => {
  const env = {
    STARTUP_WAIT_FOR_BROKER: 'true',
    IGGY_CONNECTION_STRING: 'iggy://iggy:iggy@127.0.0.1:1',
    RECONNECT_BASE_DELAY_MS: '100',
  };

  test('0 after SIGTERM while the broker is waited for, and no port was opened', async () => {
    const gateway = spawnGateway({ env });
    await until(() => gateway.output.stdout.includes('trying again'));
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(gateway.output.stdout).not.toContain('listening on');
  });

  test('SIGHUP while the broker is waited for does not end the process', async () => {
    const keysFile = path.join(newDataDir(), 'keys.json');
    writeFileSync(keysFile, '[]');
    const gateway = spawnGateway({ env: { ...env, API_KEYS_FILE: keysFile } });
    await until(() => gateway.output.stdout.includes('trying again'));
    gateway.kill('SIGHUP');
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
  });

  test('69 once MAX_RECONNECT_ATTEMPTS are spent, and no port was opened', async () => {
    const gateway = spawnGateway({ env: { ...env, MAX_RECONNECT_ATTEMPTS: '2' } });
    expect(await gateway.exited).toEqual({ code: 69, signal: null });
    expect(gateway.output.stdout).not.toContain('listening on');
  });

  test('the port is open once the broker is there', async () => {
    const gateway = await startGatewayProcess({
      env: { ...inMemory, STARTUP_WAIT_FOR_BROKER: 'true' },
    });
    expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({
      iggy_connected: true,
    });
  });
});

describe.each([
  ['src/main.ts', 'sluice'],
  ['src/broker-main.ts', 'sluice-broker'],
])('%s', (entry, name) => {
  test('64 with an argument that it does not know, before anything is started', async () => {
    const program = spawnProgram({ entry, args: ['--port', '80'] });
    expect(await program.exited).toEqual({ code: 64, signal: null });
    expect(program.output.stderr).toContain(`${name}: `);
    expect(program.output.stderr).toContain('--port');
    expect(program.output.stdout).toBe('');
  });

  test.each([
    ['--help', new RegExp(`Usage: ${name} `)],
    ['--version', new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n$`)],
  ])('0 with %s, which is answered even where settings are wrong', async (argument, answer) => {
    const program = spawnProgram({ entry, args: [argument], env: { PORT: 'x', BROKER_PORT: 'x' } });
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(program.output.stdout).toMatch(answer);
    expect(program.output.stderr).toBe('');
  });
});
