import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { startGatewayProcess, until } from '../support/spawn-gateway.ts';

test('what `npm run build` makes starts, serves and stops like the source', async () => {
  await promisify(execFile)('npm', ['run', '--silent', 'build']);
  const gateway = await startGatewayProcess({
    entry: 'dist/main.js',
    env: { EMBEDDED_BROKER_DATA_DIR: ':memory:', SHUTDOWN_DELAY_MS: '0' },
  });
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);
  const streams = (await (await fetch(`${gateway.url}/streams`)).json()) as { name: string }[];
  expect(streams.map(({ name }) => name)).toContain('sample-stream');
  // The files of the page lie in a package, which has another place relative to `dist`.
  expect((await fetch(`${gateway.url}/docs/swagger-ui.css`)).status).toBe(200);
  gateway.kill('SIGTERM');
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
});
