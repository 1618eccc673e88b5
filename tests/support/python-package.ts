import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface PythonPackage {
  /** As pip takes it, with its version. */
  requirement: string;
  module: string;
  /** Which tests cannot run without it: the folder below `tests/`. */
  for: string;
}

/** Where the interpreter with the package is, or why there is none. */
export type Python = { interpreter: string } | { missing: string };

/**
 * Makes a virtual environment with the package once, and finds it again afterwards. Without Python, or
 * without a way to its packages, says why; where SLUICE_NO_SKIPS is set that is a failure.
 */
export async function findPythonPackage(wanted: PythonPackage): Promise<Python> {
  const environment = path.resolve(
    'node_modules/.cache',
    `sluice-${wanted.for}`,
    wanted.requirement,
  );
  const interpreter = path.join(environment, 'bin/python');
  try {
    if (!existsSync(interpreter)) await makeEnvironment(environment, wanted.requirement);
    await run(interpreter, ['-c', `import ${wanted.module}`]);
    return { interpreter };
  } catch (error) {
    const missing = `${wanted.requirement} cannot be installed: ${String(error)}`;
    if (process.env['SLUICE_NO_SKIPS'] === '1') throw new Error(missing, { cause: error });
    process.stderr.write(`\n*** SKIPPED: tests/${wanted.for}. ${missing}\n\n`);
    return { missing };
  }
}

async function makeEnvironment(environment: string, requirement: string): Promise<void> {
  mkdirSync(path.dirname(environment), { recursive: true });
  const draft = `${environment}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', draft]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(path.join(draft, 'bin/python'), [...install, '--only-binary', ':all:', requirement]);
  // Whole or not at all: an interrupted install must not look like a finished one.
  if (!existsSync(environment)) renameSync(draft, environment);
}
