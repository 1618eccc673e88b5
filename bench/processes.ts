import { type ChildProcess, spawn, spawnSync, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, platform } from 'node:os';
import path from 'node:path';

import type { Reply } from './answer-questions.ts';

export const SERVER_CPU = 0;
export const LOAD_CPU = 1;

/** Server and load must not take turns on one CPU: that would measure the scheduler. */
export const CAN_PIN =
  platform() === 'linux' && availableParallelism() >= 2 && mayPinTo(`${SERVER_CPU},${LOAD_CPU}`);

function mayPinTo(cpus: string): boolean {
  return spawnSync('taskset', ['-c', cpus, process.execPath, '--version']).status === 0;
}

/** Runs Node on one CPU, where there are two. */
export function spawnNode(cpu: number, args: readonly string[], stdio: StdioOptions): ChildProcess {
  return CAN_PIN
    ? spawn('taskset', ['-c', String(cpu), process.execPath, ...args], { stdio })
    : spawn(process.execPath, [...args], { stdio });
}

/**
 * Lets go of a process of ours, which then ends, and waits until it is gone. No signal: it is to write its
 * profile, if it is told to make one.
 */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}

/** A program of this folder in a process of its own, that answers questions, one after the other. */
export class Helper<Question extends object, Answer> {
  readonly child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param program A file of this folder that calls `answerQuestions`.
   * @param output File descriptor its standard output goes to; absent: nowhere.
   */
  constructor(cpu: number, program: string, output?: number) {
    const file = path.join(import.meta.dirname, program);
    this.child = spawnNode(cpu, [file], ['ignore', output ?? 'ignore', 'inherit', 'ipc']);
  }

  /** @throws Error if the other side failed, or is gone. */
  ask(question: Question): Promise<Answer> {
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  #ask(question: Question): Promise<Answer> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      if (child.exitCode !== null || child.signalCode !== null) {
        reject(new Error('a helper is gone'));
        return;
      }
      const onExit = (code: number | null): void =>
        reject(new Error(`a helper ended with ${code}`));
      child.once('exit', onExit);
      child.once('message', (message) => {
        child.off('exit', onExit);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this folder's
        const { answer, failure } = message as Reply;
        if (failure !== undefined) reject(new Error(failure));
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
        else resolve(answer as Answer);
      });
      child.send(question);
    });
  }

  end(): Promise<void> {
    return end(this.child);
  }
}
