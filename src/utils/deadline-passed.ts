/**
 * Why a signal was aborted: the program's own, full time for an operation has passed. That tells of
 * whoever did not answer in it; a shorter time, or a caller who went away, tells of the caller alone.
 */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`${timeoutMs} ms have passed`);
    this.timeoutMs = timeoutMs;
  }
}
