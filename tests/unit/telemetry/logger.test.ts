import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { expect, test } from 'vitest';

/** What a process writes that logs like this; a process, because its log is its standard output. */
async function linesOf(script: string): Promise<Record<string, unknown>[]> {
  const module = new URL('../../../src/telemetry/logger.ts', import.meta.url);
  const program = `import { createLogger } from ${JSON.stringify(module.href)};\n${script}`;
  const args = ['--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is one JSON object with level, time, message and fields', async () => {
  const [line] = await linesOf(`
    const log = await createLogger({ level: 'info', pretty: false });
    log.info('hello', { n: 1 });
    log.flush();
  `);
  expect(line).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    message: 'hello',
    n: 1,
  });
});

test('what is less important than the level is not written', async () => {
  const lines = await linesOf(`
    const log = await createLogger({ level: 'warn', pretty: false });
    log.debug('no'); log.info('no'); log.warn('yes'); log.error('yes'); log.fatal('yes');
    log.flush();
  `);
  expect(lines.map(({ level }) => level)).toEqual(['warn', 'error', 'fatal']);
});

test('an error is written with its stack and its cause', async () => {
  const [line] = await linesOf(`
    const log = await createLogger({ level: 'info', pretty: false });
    log.error('failed', { err: new Error('outside', { cause: new Error('inside') }) });
    log.flush();
  `);
  expect(JSON.stringify(line)).toMatch(/outside.*inside/);
});

test('nothing is lost when the process ends right after a flush', async () => {
  const lines = await linesOf(`
    const log = await createLogger({ level: 'info', pretty: false });
    for (let n = 0; n < 5000; n += 1) log.info('line', { n });
    log.flush();
    process.exit(0);
  `);
  expect(lines).toHaveLength(5000);
});
