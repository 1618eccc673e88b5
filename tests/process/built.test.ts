import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { startBrokerProcess } from '../support/spawn-broker.ts';
import { startGatewayProcess, until } from '../support/spawn-gateway.ts';

test('what `npm run build` makes starts, serves and stops like the source', async () => {
  await promisify(execFile)('npm', ['run', '--silent', 'build']);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    bin: Record<string, string>;
  };
  for (const file of Object.values(manifest.bin)) {
    // Started by its name alone, it is no script of a shell.
    expect(readFileSync(file, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  }
  const broker = await startBrokerProcess({
    entry: 'dist/broker-main.js',
    env: { BROKER_DATA_DIR: ':memory:' },
  });
  const remote = { IGGY_CONNECTION_STRING: `iggy://iggy:iggy@127.0.0.1:${broker.port}` };
  for (const env of [{ EMBEDDED_BROKER_DATA_DIR: ':memory:' }, remote]) {
    await tryGateway({ ...env, SHUTDOWN_DELAY_MS: '0' });
  }
  broker.kill('SIGTERM');
  expect(await broker.exited).toEqual({ code: 0, signal: null });
});

async function tryGateway(env: Record<string, string>): Promise<void> {
  const gateway = await startGatewayProcess({ entry: 'dist/main.js', env });
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);
  const streams = (await (await fetch(`${gateway.url}/streams`)).json()) as { name: string }[];
  expect(streams.map(({ name }) => name)).toContain('sample-stream');
  // The files of the page lie in a package, which has another place relative to `dist`.
  expect((await fetch(`${gateway.url}/docs/swagger-ui.css`)).status).toBe(200);
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
}
