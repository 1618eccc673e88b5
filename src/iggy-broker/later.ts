export type Cancel = () => void;

/**
 * A value that is worked out elsewhere, and takes its time. `start` is called once; `done` may be called
 * within it or at any time after it, once, and never after the work was cancelled.
 *
 * What comes of the work is handed over as a function that executes it: so the state of the broker is
 * read and changed where the broker chooses to, and not in somebody's callback.
 */
export class Later<Value> {
  readonly start: (done: (finish: () => Value) => void) => Cancel;

  constructor(start: (done: (finish: () => Value) => void) => Cancel) {
    this.start = start;
  }

  /** The same work, with its outcome, good or bad, passed through `wrap`. */
  through<Other>(wrap: (finish: () => Value) => Other): Later<Other> {
    return new Later((done) => this.start((finish) => done(() => wrap(finish))));
  }

  /** Then something else, which may take its time too. */
  andThen<Other>(next: (value: Value) => Other | Later<Other>): Later<Other> {
    return new Later((done) => {
      let second: Cancel | undefined;
      const first = this.start((finish) => {
        let outcome: Other | Later<Other>;
        try {
          outcome = next(finish());
        } catch (error) {
          done(() => {
            throw error;
          });
          return;
        }
        if (outcome instanceof Later) second = outcome.start(done);
        else done(() => outcome);
      });
      return () => (second ?? first)();
    });
  }
}

/** Goes on with a value that may be there already. */
export function whenReady<Value, Other>(
  value: Value | Later<Value>,
  next: (value: Value) => Other | Later<Other>,
): Other | Later<Other> {
  return value instanceof Later ? value.andThen(next) : next(value);
}
