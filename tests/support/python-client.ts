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
