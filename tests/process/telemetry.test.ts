import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { newDataDir, spawnGateway, startGatewayProcess, until } from '../support/spawn-gateway.ts';
import { startTraceCollector } from '../support/trace-collector.ts';

const env = { EMBEDDED_BROKER_DATA_DIR: ':memory:', SHUTDOWN_DELAY_MS: '0' };

/** A port of this machine: taken, or free a moment ago. */
async function localPort(state: 'taken' | 'free'): Promise<string> {
  const other = createServer();
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  const { port } = other.address() as AddressInfo;
  const close = (): Promise<unknown> => new Promise((resolve) => void other.close(resolve));
  if (state === 'free') await close();
  else onTestFinished(() => void other.close());
  return String(port);
}

/** Runs `script` in the gateway's process before the gateway. */
const preload = (script: string): { NODE_OPTIONS: string } => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}`,
});

describe('metrics', () => {
  test('are served by the real program, with what it has done', async () => {
    const port = await localPort('free');
    const gateway = await startGatewayProcess({
      env: { ...env, METRICS_HOST: '127.0.0.1', METRICS_PORT: port },
    });
    const metrics = async (): Promise<string> =>
      (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    await until(async () => (await metrics()).includes('iggy_connection_status 1'));
    await fetch(`${gateway.url}/health`);
    await until(async () => (await metrics()).includes('route="/health",status="200"'));
    expect(gateway.output.stdout).toContain(`metrics on http://127.0.0.1:${port}/metrics`);
  });

  test('whose port is taken end the start with 69', async () => {
    const port = await localPort('taken');
    const gateway = spawnGateway({
      env: { ...env, METRICS_HOST: '127.0.0.1', METRICS_PORT: port },
    });
    expect(await gateway.exited).toEqual({ code: 69, signal: null });
    expect(gateway.output.stdout).toContain(port);
  });
});

describe('the settings file', () => {
  test('is read from the working directory; the environment wins over it', async () => {
    const directory = newDataDir();
    const file = 'IGGY_STREAM=from-the-file\nIGGY_TOPIC=from-the-file\nPORT=1\n';
    writeFileSync(path.join(directory, '.env'), file);
    const gateway = await startGatewayProcess({
      directory,
      env: { ...env, IGGY_TOPIC: 'from-outside' },
    });
    const topic = `${gateway.url}/streams/from-the-file/topics/from-outside`;
    await until(async () => (await fetch(topic)).ok);
  });

  test('is not missed where there is none', async () => {
    const gateway = await startGatewayProcess({ env });
    expect(gateway.output.stderr).toBe('');
    expect(gateway.output.stdout).not.toContain('.env');
  });

  test('that cannot be read is a fault of the settings', async () => {
    const directory = newDataDir();
    mkdirSync(path.join(directory, '.env'));
    const gateway = spawnGateway({ directory, env });
    expect(await gateway.exited).toEqual({ code: 78, signal: null });
    expect(gateway.output.stderr).toMatch(/^\.env: /);
  });
});

describe('the log', () => {
  test('begins with one line that says what runs, and shows no secret', async () => {
    const gateway = await startGatewayProcess({
      env: { ...env, EMBEDDED_BROKER_PASSWORD: 'hush-hush', API_KEY: 'hush-hush-too' },
    });
    const lines = gateway.output.stdout.split('\n');
    const line = lines.find((it) => it.includes('listening')) ?? '';
    const { message } = JSON.parse(line) as { message: string };
    expect(message).toContain(`listening on ${gateway.url}, using the embedded broker`);
    expect(message).toMatch(/; metrics off;.* authentication on;.* tracing off;.* limits: .*bytes/);
    expect(gateway.output.stdout).not.toContain('hush-hush');
  });

  test('of an idle process shows its last request, without another one', async () => {
    const gateway = await startGatewayProcess({ env });
    await fetch(`${gateway.url}/health`, { headers: { 'x-request-id': 'the-last-one' } });
    await until(() => gateway.output.stdout.includes('the-last-one'));
  });

  test('is whole when the process ends of a fault that nobody caught', async () => {
    const fault = `process.once('SIGUSR2', () => {
      Promise.reject(new Error('a planted fault'));
    });`;
    const gateway = await startGatewayProcess({ env: { ...env, ...preload(fault) } });
    await fetch(`${gateway.url}/health`, { headers: { 'x-request-id': 'the-last-one' } });
    gateway.kill('SIGUSR2');
    expect(await gateway.exited).toEqual({ code: 70, signal: null });
    expect(gateway.output.stdout).toContain('the-last-one');
    expect(gateway.output.stdout).toContain('a planted fault');
  });
});

describe('tracing', () => {
  /** Tells on standard error which modules of OpenTelemetry's kit were loaded. */
  const telling = preload(`
    import { registerHooks } from 'node:module';
    const kit = /@opentelemetry\\/(?!api)[a-z-]+/;
    registerHooks({ load(url, context, next) {
      const found = kit.exec(url);
      if (found) process.stderr.write('loaded ' + found[0] + '\\n');
      return next(url, context);
    } });
  `);

  test('that is off loads nothing', async () => {
    const gateway = await startGatewayProcess({ env: { ...env, ...telling } });
    gateway.kill('SIGTERM');
    await gateway.exited;
    expect(gateway.output.stderr).toBe('');
  });

  test('sends the last spans before the process ends', async () => {
    const collector = await startTraceCollector();
    const gateway = await startGatewayProcess({
      env: { ...env, ...telling, OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/` },
    });
    await fetch(`${gateway.url}/health`);
    gateway.kill('SIGTERM');
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(collector.spans.map(({ name }) => name)).toContain('GET /health');
    expect(collector.resources[0]).toMatchObject({ 'service.name': 'sluice' });
    expect(gateway.output.stderr).toContain('loaded @opentelemetry/sdk-trace');
  });
});
