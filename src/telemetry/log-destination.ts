import { write, writeSync } from 'node:fs';

import type { Clock } from '../utils/clock.ts';

/** Where the bytes go: a file descriptor, or what a test makes of it. */
export interface LogOutput {
  /** May take a part only; says how many bytes it took. */
  write(bytes: Uint8Array, done: (error: Error | null, taken: number) => void): void;
  /** The same, waiting for it. */
  writeSync(bytes: Uint8Array): number;
}

export function fileOutput(fd: number): LogOutput {
  return {
    write: (bytes, done) => write(fd, bytes, done),
    writeSync: (bytes) => writeSync(fd, bytes),
  };
}

/** Written as soon as so much has gathered. */
export const GATHERED_CHARACTERS = 64 * 1024;
/** An idle process must not hold its last lines back for longer. */
export const FLUSH_INTERVAL_MS = 1000;
/** What may wait for a reader who does not keep up; later lines are dropped until it does. */
export const WAITING_CHARACTERS_MAX = 8 * 1024 * 1024;
/** A pipe that is full now may have room again soon. */
const RETRY_DELAY_MS = 10;
const RETRIES_MAX = 100;

/**
 * Gathers log lines and writes them without holding up the program. A log that nobody reads any more is
 * no reason to fail or to wait: then everything is dropped. (The destination that comes with the logger
 * tries for ever in that case, and would never let the process end.)
 */
export class LogDestination {
  readonly #output: LogOutput;
  readonly #clock: Clock;
  #text = '';
  #timed = false;
  #writing = false;
  #broken = false;

  constructor(output: LogOutput, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
  }

  write(line: string): void {
    if (this.#broken || this.#text.length + line.length > WAITING_CHARACTERS_MAX) return;
    this.#text += line;
    if (this.#text.length >= GATHERED_CHARACTERS) {
      this.#writeOut();
    } else if (!this.#timed) {
      this.#timed = true;
      this.#clock.after(FLUSH_INTERVAL_MS, () => {
        this.#timed = false;
        this.#writeOut();
      });
    }
  }

  /** Writes what is left and waits for it: for the moments before the process ends. */
  flushSync(): void {
    let bytes = this.#take();
    for (let tries = 0; bytes.length > 0 && tries < RETRIES_MAX;) {
      try {
        bytes = bytes.subarray(this.#output.writeSync(bytes));
      } catch (error) {
        if (!isFull(error)) {
          this.#broken = true;
          return;
        }
        tries += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_DELAY_MS);
      }
    }
  }

  #take(): Buffer {
    const bytes = Buffer.from(this.#text);
    this.#text = '';
    return bytes;
  }

  /** One write at a time, so that lines stay whole and in order. */
  #writeOut(): void {
    if (this.#writing || this.#text === '') return;
    this.#writing = true;
    this.#continue(this.#take());
  }

  #continue(bytes: Buffer): void {
    this.#output.write(bytes, (error, taken) => {
      if (error && !isFull(error)) {
        this.#broken = true;
        this.#take();
        return;
      }
      const rest = error ? bytes : bytes.subarray(taken);
      if (error) {
        this.#clock.after(RETRY_DELAY_MS, () => this.#continue(rest));
      } else if (rest.length > 0) {
        this.#continue(rest);
      } else {
        this.#writing = false;
        this.#writeOut();
      }
    });
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
