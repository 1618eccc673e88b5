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

export interface GatewayProcess {
  readonly url: string;
  /** What it wrote so far, each stream whole. */
  readonly output: { stdout: string; stderr: string };
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<Exit>;
}

export interface SpawnOptions {
  env?: Record<string, string>;
  /** Relative to the project. */
  entry?: string;
  /** Where it runs; without one, in an empty directory of its own. */
  directory?: string;
}

/** A directory of the test's own, gone afterwards. */
export function newDataDir(): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

/** Runs the real program with nothing but these settings, and says how it ended. */
export function spawnGateway(options: SpawnOptions = {}): Omit<GatewayProcess, 'url'> {
  // Nobody's `.env` has a say in a test.
  const { env = {}, entry = 'src/main.ts', directory = newDataDir() } = options;
  const child = spawn(process.execPath, [path.resolve(entry)], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      METRICS_PORT: '0',
      RATE_LIMIT_RPS: '0',
      EMBEDDED_BROKER_PORT: '0',
      ...env,
    },
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
  return { output, kill: (signal) => child.kill(signal), exited };
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/** The same, and waits until it listens. */
export async function startGatewayProcess(options: SpawnOptions = {}): Promise<GatewayProcess> {
  const gateway = spawnGateway(options);
  const url = await Promise.race([
    listeningUrl(gateway.output),
    gateway.exited.then(({ code }) => {
      const { stdout, stderr } = gateway.output;
      throw new Error(`the gateway ended with ${code} before it listened\n${stdout}${stderr}`);
    }),
  ]);
  return { ...gateway, url };
}

const LISTENING = /listening on (http:\/\/[^\s,"]+)/;

async function listeningUrl(output: { readonly stdout: string }): Promise<string> {
  for (;;) {
    const url = LISTENING.exec(output.stdout)?.[1];
    if (url !== undefined) return url;
    await nextTurn();
  }
}

/** Lets other events happen. For waiting on what another process does, which no clock of ours decides. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

/** Polls until `done`, for what another process will do in its own time; the test's timeout bounds it. */
export async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await nextTurn();
}
