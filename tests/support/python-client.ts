import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { findPythonPackage, type Python } from './python-package.ts';

const DRIVER = path.resolve('tests/interop/iggy_driver.py');

/** The official client of Iggy for Python. */
export const findPython = (): Promise<Python> =>
  findPythonPackage({ requirement: 'apache-iggy==0.9.0', module: 'apache_iggy', for: 'interop' });

export interface PythonClient {
  /** Calls one function of the driver; rejects with the client's own error text. */
  call(name: string, args?: Record<string, unknown>): Promise<unknown>;
  stop(): Promise<void>;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

interface Ask {
  ask: string;
}

export interface DriverOptions {
  /** Default: the remote control of one client. */
  driver?: string;
  env?: Record<string, string>;
  /** What the driver may ask for while it works, by its name; it waits until that is done. */
  asks?: Readonly<Record<string, () => Promise<void>>>;
}

export function startPythonClient(interpreter: string, options: DriverOptions = {}): PythonClient {
  const { driver = DRIVER, env = {}, asks = {} } = options;
  const child = spawn(interpreter, ['-B', driver], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const write = (line: object): void => {
    child.stdin.write(`${JSON.stringify(line)}\n`);
  };
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(cause: Error): void }>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = JSON.parse(line) as Answer | Ask;
    if ('ask' in answer) {
      void asks[answer.ask]?.().then(() => write({ answered: answer.ask }));
      return;
    }
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
        write({ id, call: name, args });
      });
    },
    async stop() {
      child.stdin.end();
      child.kill('SIGKILL');
      await exited;
    },
  };
}
