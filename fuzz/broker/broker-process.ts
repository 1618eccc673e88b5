import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { patient } from './patient.ts';

const ENTRY = path.resolve(import.meta.dirname, '../../src/broker-main.ts');
/** Little room, so that what is never let go of fills it. */
const HEAP = '--max-old-space-size=64';

/** The real program on a port of its own. */
export class BrokerProcess {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  /** What it has to say. */
  #output = '';

  constructor(dataDirectory: string) {
    this.#child = spawn(process.execPath, [HEAP, ENTRY], {
      cwd: dataDirectory,
      env: { PATH: process.env['PATH'], BROKER_PORT: '0', BROKER_DATA_DIR: dataDirectory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#child.emit('said');
      });
    }
    this.#exit = once(this.#child, 'close').then(([code]: (number | null)[]) => code ?? null);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get output(): string {
    return this.#output;
  }

  /** Once it listens. */
  async port(): Promise<number> {
    for (;;) {
      const [, port] = /listening on \S+:(\d+) for Iggy/.exec(this.#output) ?? [];
      if (port !== undefined) return Number(port);
      if (!this.isRunning) throw new Error(`the broker has not started: ${this.#output}`);
      const said = Promise.race([once(this.#child, 'said'), this.#exit]);
      await patient('the broker does not start', said);
    }
  }

  /** Asks it to stop; its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    try {
      return await patient('the broker does not stop', this.#exit);
    } finally {
      this.#child.kill('SIGKILL');
    }
  }
}
