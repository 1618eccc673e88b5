import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

import { expect, onTestFinished, test } from 'vitest';

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

test('what is recorded of a request is the line that pino would write', async () => {
  const fields = `{ method: 'GET', route: undefined, ms: 1.5, aborted: true, text: '"ü\\u2028\\n\\ud800' }`;
  const lines = await linesOf(`
    const log = await createLogger({ level: 'info', pretty: false });
    log.info('request', ${fields}); log.record('request', ${fields});
    log.flush();
  `);
  const [usual, recorded] = lines.map(({ time, ...line }) => {
    expect(time).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
    return JSON.stringify(line);
  });
  expect(recorded).toBe(usual);
});

test('what is less important than the level is not written', async () => {
  const lines = await linesOf(`
    const log = await createLogger({ level: 'warn', pretty: false });
    log.debug('no'); log.info('no'); log.record('no', {}); log.warn('yes'); log.error('yes'); log.fatal('yes');
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

/** What a terminal would show of a process that logs like this. */
async function prettyTextOf(script: string, ...nodeArgs: string[]): Promise<string> {
  const module = new URL('../../../src/telemetry/logger.ts', import.meta.url);
  const program = `import { createLogger } from ${JSON.stringify(module.href)};\n${script}`;
  const args = [...nodeArgs, '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

const PRETTY_SCRIPT = `
  const log = await createLogger({ level: 'info', pretty: true });
  log.info('listening', { port: 3000 });
  process.exit(0);
`;

test('on a terminal a line is for people, and written at once', async () => {
  const text = await prettyTextOf(PRETTY_SCRIPT);
  // oxlint-disable-next-line no-control-regex
  const plain = text.replaceAll(/\x1B\[\d+m/g, '');
  expect(plain).toMatch(/^\[[\d:.]+\] INFO: listening \{"port":3000\}\n$/);
});

test('without the tool for it, as in production, a terminal gets JSON', async () => {
  const hideTool = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name === 'pino-pretty') throw new Error('not installed');
      return next(name, context);
    } });
  `;
  const preload = `data:text/javascript,${encodeURIComponent(hideTool)}`;
  const text = await prettyTextOf(
    PRETTY_SCRIPT.replace('process.exit', 'log.flush(); process.exit'),
    '--import',
    preload,
  );
  expect(JSON.parse(text)).toMatchObject({ level: 'info', message: 'listening', port: 3000 });
});

test('a text with line ends and quotes stays within its line', async () => {
  const lines = await linesOf(`
    const log = await createLogger({ level: 'info', pretty: false });
    log.info('a\\n{"level":"fatal"}', { key: 'b"\\r\\n{"level":"fatal"}\\u0000' });
    log.flush();
  `);
  expect(lines).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      message: 'a\n{"level":"fatal"}',
      key: 'b"\r\n{"level":"fatal"}\0',
    },
  ]);
});

test('an idle process does not hold its last lines back', async () => {
  const module = new URL('../../../src/telemetry/logger.ts', import.meta.url);
  const program = `
    import { createLogger } from ${JSON.stringify(module.href)};
    const log = await createLogger({ level: 'info', pretty: false });
    log.info('the last line');
    setInterval(() => undefined, 60_000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  expect(chunk.toString()).toContain('the last line');
});

test('a log that nobody reads any more does not end the process', async () => {
  const module = new URL('../../../src/telemetry/logger.ts', import.meta.url);
  const program = `
    import { createLogger } from ${JSON.stringify(module.href)};
    const log = await createLogger({ level: 'info', pretty: false });
    process.stdin.once('data', () => {
      for (let n = 0; n < 5000; n += 1) log.info('line', { n });
      log.flush();
      log.info('again');
      log.flush();
      process.exit(42);
    });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  child.stdout.destroy();
  child.stdin.write('go');
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).toBe(42);
});
