import { IggyError } from './errors.ts';
import { type LineLimits, WaitingLine } from './waiting-line.ts';

export interface LaneLimits extends LineLimits {
  /** Sends that wait in one lane. `entriesMax` and `bytesMax` count all lanes together. */
  readonly perLaneMax: number;
}

/** What a send occupies while it waits, and how long it is worth waiting. */
export interface Load {
  readonly bytes: number;
  readonly signal: AbortSignal;
}

interface Lane {
  readonly line: WaitingLine<() => void>;
}

/**
 * One queue per partition. A partition's sends leave in order of arrival, one at a time, whatever
 * session carries them: the next one leaves when the one before is answered or its connection ended.
 * (Only one of unknown outcome can still be stored after it, from what the broker has received and not
 * read.) One slow partition holds no other up.
 */
export class Lanes {
  readonly #limits: LaneLimits;
  readonly #tooLate: (signal: AbortSignal) => IggyError;
  /** Only lanes with a send in flight; whoever waits in them is counted below. */
  readonly #lanes = new Map<string, Lane>();
  #waiting = 0;
  #waitingBytes = 0;

  /** @param tooLate The error for a caller whose patience ended in the queue. */
  constructor(limits: LaneLimits, tooLate: (signal: AbortSignal) => IggyError) {
    this.#limits = limits;
    this.#tooLate = tooLate;
  }

  /** Lanes in use. */
  get size(): number {
    return this.#lanes.size;
  }

  /**
   * Calls `depart` when it is this send's turn. The lane is free for the next one when what it returns
   * says `released`, which may be after its caller has gone.
   *
   * @throws IggyError `overloaded`, or `tooLate`'s if the signal fires in the queue: it never left then.
   */
  async run<Departed extends { readonly released: Promise<void> }>(
    key: string,
    load: Load,
    depart: () => Promise<Departed>,
  ): Promise<Departed> {
    if (load.signal.aborted) throw this.#tooLate(load.signal);
    const lane = this.#lanes.get(key);
    if (lane === undefined) this.#open(key);
    else await this.#turn(lane, load);
    let released = Promise.resolve();
    try {
      const departed = await depart();
      released = departed.released;
      return departed;
    } finally {
      void released.then(() => this.#next(key));
    }
  }

  #open(key: string): void {
    const { perLaneMax: entriesMax, bytesMax } = this.#limits;
    this.#lanes.set(key, { line: new WaitingLine({ entriesMax, bytesMax }) });
  }

  #turn({ line }: Lane, { bytes, signal }: Load): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leaveQueue = (): void => {
      signal.removeEventListener('abort', onAbort);
      this.#waiting -= 1;
      this.#waitingBytes -= bytes;
    };
    const proceed = (): void => {
      leaveQueue();
      resolve();
    };
    const leaveLine = this.#hasRoom(bytes) ? line.join(proceed, bytes) : undefined;
    if (leaveLine === undefined) {
      throw new IggyError('overloaded', 'too many sends wait for their turn');
    }
    const onAbort = (): void => {
      leaveLine();
      leaveQueue();
      reject(this.#tooLate(signal));
    };
    this.#waiting += 1;
    this.#waitingBytes += bytes;
    signal.addEventListener('abort', onAbort);
    return promise;
  }

  #hasRoom(bytes: number): boolean {
    const { entriesMax, bytesMax } = this.#limits;
    return this.#waiting < entriesMax && this.#waitingBytes + bytes <= bytesMax;
  }

  #next(key: string): void {
    const resume = this.#lanes.get(key)?.line.shift();
    if (resume === undefined) this.#lanes.delete(key);
    else resume();
  }
}
