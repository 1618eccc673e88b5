/** Work that goes on beside the requests, until it is told to stop. */
export type Task = (signal: AbortSignal) => Promise<void>;

/**
 * Background tasks that are never left behind: whoever starts the group stops it, and stopping waits
 * for each of them. A task ends by returning; one that throws has a fault, which is handed to `onFault`.
 */
export class TaskGroup {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #onFault: (fault: unknown) => void;

  constructor(onFault: (fault: unknown) => void) {
    this.#onFault = onFault;
  }

  start(task: Task): void {
    const { signal } = this.#controller;
    const running = task(signal)
      // What is thrown on the way out after a stop is the stop itself.
      .catch((fault: unknown) => {
        if (!signal.aborted) this.#onFault(fault);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Asks every task to end, and waits until each has. Idempotent. */
  async stop(): Promise<void> {
    this.#controller.abort(new Error('the gateway stops'));
    await Promise.all(this.#running);
  }
}
