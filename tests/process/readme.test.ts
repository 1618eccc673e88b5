import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

import {
  type GatewayProcess,
  newDataDir,
  startGatewayProcess,
  until,
} from '../support/spawn-gateway.ts';

const README = readFileSync('README.md', 'utf8');
const RESTART = '`npm start` again';

interface Step {
  command: string;
  output: string;
}

/** The commands of all console blocks of `text`, each with the output that stands below it. */
function stepsOf(text: string): Step[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...output] = step.trimEnd().split('\n');
        return { command, output: output.join('\n') };
      }),
  );
}

/** What differs from run to run: times and ids that nobody chose. */
function masked(output: string): string {
  return output
    .trimEnd()
    .replaceAll(/(?<="(?:created_at|timestamp)":")\d{4}-[^"]*\.\d{6}Z/g, 'TIME')
    .replaceAll(/(?<="request_id":")[^"]*/g, 'ID');
}

async function follow(steps: readonly Step[], gateway: GatewayProcess): Promise<void> {
  await until(async () => (await fetch(`${gateway.url}/ready`)).status === 200);
  await until(async () => (await fetch(`${gateway.url}/streams/sample-stream/topics/events`)).ok);
  for (const { command, output } of steps) {
    const here = command.replaceAll('localhost:3000', gateway.url.slice('http://'.length));
    const { stdout } = await promisify(execFile)('bash', ['-c', here]);
    expect(masked(stdout), command).toBe(masked(output));
  }
}

test('the session in the README goes as it is written there, a restart included', async () => {
  const [before = '', after = ''] = README.split(RESTART);
  const env = { EMBEDDED_BROKER_DATA_DIR: newDataDir(), SHUTDOWN_DELAY_MS: '0' };

  const first = await startGatewayProcess({ env });
  expect(stepsOf(before)).toHaveLength(11);
  await follow(stepsOf(before), first);
  first.kill('SIGINT');
  expect((await first.exited).code).toBe(0);

  const second = await startGatewayProcess({ env });
  expect(stepsOf(after)).toHaveLength(4);
  await follow(stepsOf(after), second);
});
