import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface SpawnedProgram {
  readonly pid: number | undefined;
  /** What it wrote so far, each stream whole. */
  readonly output: { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

export interface SpawnOptions {
  env?: Record<string, string>;
  /** Relative to the project. */
  entry?: string;
  args?: readonly string[];
  /** Where it runs; without one, in an empty directory of its own: nobody's `.env` has a say in a test. */
  directory?: string;
}

/** A directory of the test's own, gone afterwards. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** Runs a program of ours with nothing but these settings; killed when the test ends. */
export function spawnProgram({
  env = {},
  entry = '',
  args = [],
  directory = newDataDir(),
}: SpawnOptions): SpawnedProgram {
  const child = spawn(process.execPath, [path.resolve(entry), ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exited = exitOf(child);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { pid: child.pid, output, kill: (signal) => child.kill(signal), exited };
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/** What stands in the first group of `line`, once the program has written one; fails if it ends before. */
export function outputOf({ output, exited }: SpawnedProgram, line: RegExp): Promise<string> {
  return Promise.race([
    found(output, line),
    exited.then(({ code }) => {
      const { stdout, stderr } = output;
      throw new Error(`the program ended with ${code} before ${line}\n${stdout}${stderr}`);
    }),
  ]);
}

async function found(output: { readonly stdout: string }, line: RegExp): Promise<string> {
  for (;;) {
    const text = line.exec(output.stdout)?.[1];
    if (text !== undefined) return text;
    await nextTurn();
  }
}

/** Lets other events happen. For waiting on what another process does, which no clock of ours decides. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/** Polls until `done`, for what another process will do in its own time; the test's timeout bounds it. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await nextTurn();
}
