import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

const PACKAGE = 'apache-iggy==0.9.0';
const CACHE = path.resolve('node_modules/.cache/sluice-interop');
const VENV = path.join(CACHE, PACKAGE);
const DRIVER = path.resolve('tests/interop/iggy_driver.py');

/** Where the interpreter with the official client is, or why there is none. */
export type Python = { interpreter: string } | { missing: string };

/**
 * Makes a virtual environment with the official client once, and finds it again afterwards. Without
 * Python, or without a way to its packages, says why; where SLUICE_NO_SKIPS is set that is a failure.
 */
export async function findPython(): Promise<Python> {
  const interpreter = path.join(VENV, 'bin/python');
  try {
    if (!existsSync(interpreter)) await makeEnvironment();
    await run(interpreter, ['-c', 'import apache_iggy']);
    return { interpreter };
  } catch (error) {
    const missing = `the official Python client cannot be installed: ${String(error)}`;
    if (process.env['SLUICE_NO_SKIPS'] === '1') throw new Error(missing, { cause: error });
    process.stderr.write(`\n*** SKIPPED: tests/interop. ${missing}\n\n`);
    return { missing };
  }
}

async function makeEnvironment(): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const draft = `${VENV}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', draft]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(path.join(draft, 'bin/python'), [...install, '--only-binary', ':all:', PACKAGE]);
  // Whole or not at all: an interrupted install must not look like a finished one.
  if (!existsSync(VENV)) renameSync(draft, VENV);
}

export interface PythonClient {
  /** Calls one function of the driver; rejects with the client's own error text. */
  call(name: string, args?: Record<string, unknown>): Promise<unknown>;
  stop(): Promise<void>;
}

export function startPythonClient(interpreter: string): PythonClient {
  const child = spawn(interpreter, [DRIVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as { id: number; result?: unknown; error?: string };
    const caller = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) caller?.resolve(answer.result);
    else caller?.reject(new Error(answer.error));
  });
  void exited.then(() => {
    for (const caller of waiting.values()) caller.reject(new Error('the driver ended'));
  });

  let calls = 0;
  return {
    call(name, args = {}) {
      calls += 1;
      const id = calls;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id, call: name, args })}\n`);
      });
    },
    async stop() {
      child.stdin.end();
      child.kill('SIGKILL');
      await exited;
    },
  };
}
