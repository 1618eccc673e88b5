import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import { skipLoudly } from '../support/docker.ts';

const run = promisify(execFile);

/** As a plugin of Docker, or as the program it was before. */
const SPELLINGS = [['docker', 'compose'], ['docker-compose']] as const;

async function findCompose(): Promise<{ command: readonly string[] } | { missing: string }> {
  for (const command of SPELLINGS) {
    const [program, ...words] = command;
    const found = await run(program, [...words, 'version']).catch(() => undefined);
    if (found) return { command };
  }
  return { missing: 'there is no Docker Compose' };
}

const compose = skipLoudly('tests/container/compose.test.ts', await findCompose());

test.skipIf('missing' in compose)('compose.yaml is what Docker Compose understands', async () => {
  if ('missing' in compose) throw new Error(compose.missing);
  const [program = '', ...words] = compose.command;
  const { stdout, stderr } = await run(program, [...words, '--file', 'compose.yaml', 'config']);
  expect(stderr).toBe('');
  for (const service of ['sluice', 'iggy', 'prometheus', 'grafana']) {
    expect(stdout).toMatch(new RegExp(`^  ${service}:$`, 'm'));
  }
});
