/**
 * - `starting`: the default stream and topic have not been looked after yet.
 * - `running`: ready as long as the broker is.
 * - `draining`: the process stops; what still comes is answered, but nobody should send more.
 */
export type Phase = 'starting' | 'running' | 'draining';

/** Where the process stands in its life. It only goes forward. */
export class Lifecycle {
  #phase: Phase = 'starting';

  get phase(): Phase {
    return this.#phase;
  }

  run(): void {
    if (this.#phase === 'starting') this.#phase = 'running';
  }

  drain(): void {
    this.#phase = 'draining';
  }
}
