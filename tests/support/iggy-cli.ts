import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, setPriority, tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

const VERSION = '0.14.0';
const PRIORITY_LOWEST = 19;

/** Where compilers' output outlives a checkout: `SLUICE_CACHE_DIR`, or a folder of the user's cache. */
const CACHE = path.resolve(
  process.env['SLUICE_CACHE_DIR'] ??
    path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'sluice'),
);
const INSTALLED = path.join(CACHE, `iggy-cli-${VERSION}`);
const PROGRAM = path.join(INSTALLED, 'bin/iggy');

/** Compiles the official command line once, which takes many minutes, and finds it again afterwards. */
export async function installIggyCli(): Promise<void> {
  if (existsSync(PROGRAM)) return;
  process.stdout.write(`compiling iggy-cli ${VERSION} into ${CACHE}; this takes many minutes\n`);
  const draft = `${INSTALLED}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  const where = ['--root', draft, '--target-dir', path.join(CACHE, 'cargo-target')];
  const cargo = spawn(
    'cargo',
    ['install', 'iggy-cli', '--version', VERSION, '--locked', '--jobs', '1', ...where],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (cargo.pid !== undefined) setPriority(cargo.pid, PRIORITY_LOWEST);
  try {
    const [code] = (await once(cargo, 'close')) as [number | null];
    if (code !== 0) throw new Error(`cargo ended with ${code}`);
  } catch (cause) {
    rmSync(draft, { recursive: true, force: true });
    const wanted = 'cargo, with Rust 1.95 or newer and a way to its registry, is needed';
    throw new Error(`iggy-cli ${VERSION} cannot be compiled: ${wanted}`, { cause });
  }
  // Whole or not at all: an interrupted install must not look like a finished one.
  renameSync(draft, INSTALLED);
}

interface Run {
  readonly failed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** The official command line, over and against one server. */
export class IggyCli {
  readonly #address: string;
  readonly #home: string;
  /** Every command that was run, as its first words: `stream create`. */
  readonly #driven = new Set<string>();
  #credentials: readonly string[];

  constructor(address: string, username: string, password: string) {
    this.#address = address;
    this.#home = mkdtempSync(path.join(tmpdir(), 'iggy-cli-'));
    this.#credentials = ['--username', username, '--password', password];
  }

  /** Its output, of a run that succeeds. */
  run(...args: readonly string[]): Promise<string> {
    return this.runAs(this.#credentials, ...args);
  }

  /** The same with other options in front: other credentials, above all. */
  async runAs(options: readonly string[], ...args: readonly string[]): Promise<string> {
    const { failed, stdout, stderr } = await this.#run(options, args);
    if (failed) throw new Error(`iggy ${args.join(' ')}\n${stdout}${stderr}`);
    return stdout;
  }

  /** What it says of a run that fails. */
  refused(...args: readonly string[]): Promise<string> {
    return this.refusedAs(this.#credentials, ...args);
  }

  async refusedAs(options: readonly string[], ...args: readonly string[]): Promise<string> {
    const { failed, stdout, stderr } = await this.#run(options, args);
    if (!failed) throw new Error(`iggy ${args.join(' ')} succeeded\n${stdout}`);
    return stderr;
  }

  /** Runs it, whatever becomes of it. */
  async attempt(...args: readonly string[]): Promise<void> {
    await this.#run(this.#credentials, args);
  }

  /** All commands that its help lists and that were not run yet. */
  async neverRun(): Promise<string[]> {
    const all: string[] = [];
    for (const name of await this.#commands()) {
      const below = await this.#commands(name);
      all.push(...(below.length > 0 ? below.map((one) => `${name} ${one}`) : [name]));
    }
    return all.filter((command) => !this.#driven.has(command));
  }

  stop(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** The commands, or those below one, as its help lists them. */
  async #commands(...above: readonly string[]): Promise<string[]> {
    const { stdout } = await this.#execute([], [...above, '--help']);
    const [, list = ''] = /\nCommands:\n((?: {2}.*\n)+)/.exec(stdout) ?? [];
    const names = [...list.matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name);
    return names.filter((name) => name !== 'help');
  }

  #run(options: readonly string[], args: readonly string[]): Promise<Run> {
    const words = args.filter((arg) => !arg.startsWith('--'));
    this.#driven.add(words.slice(0, 2).join(' ')).add(words[0] ?? '');
    return this.#execute(options, args);
  }

  #execute(options: readonly string[], args: readonly string[]): Promise<Run> {
    const all = ['--tcp-server-address', this.#address, ...options, ...args];
    const env = { PATH: process.env['PATH'], HOME: this.#home, IGGY_HOME: this.#home };
    return new Promise((resolve) => {
      execFile(PROGRAM, all, { env, cwd: this.#home }, (error, stdout, stderr) => {
        resolve({ failed: error !== null, stdout, stderr });
      });
    });
  }
}

/** The rows of the table in an output, each cell trimmed; its head is the first. */
export function rowsOf(output: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|-'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The value beside each property in an output's table of two columns. */
export function propertiesOf(output: string): Record<string, string> {
  return Object.fromEntries(rowsOf(output).map(([name = '', value = '']) => [name, value]));
}

/** A file of the test's own, gone afterwards. */
export function temporaryFile(name: string): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'iggy-cli-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, name);
}
