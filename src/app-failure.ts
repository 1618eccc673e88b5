import type { ExitCode } from './exit-codes.ts';

/** Why the process cannot go on, and the code it should end with. */
export class AppFailure extends Error {
  override readonly name = 'AppFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}
