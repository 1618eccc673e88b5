import type { Clock, Timer } from '../utils/clock.ts';
import { type Destination, destinationKey } from './destination.ts';
import { IggyError } from './errors.ts';
import { type Cargo, Flight, type FlightParts } from './flight.ts';
import { Parcel } from './parcel.ts';
import type { OutgoingMessage, SendResult } from './port.ts';
import { type LineLimits, WaitingLine } from './waiting-line.ts';

export interface LaneLimits extends LineLimits {
  /** Sends that wait in one lane. `entriesMax` and `bytesMax` are for all that are not answered. */
  readonly perLaneMax: number;
}

/** What one request to the broker may hold. A single send may be larger: then it travels alone. */
export interface BatchLimits {
  readonly messagesMax: number;
  /** Of messages with their headers. */
  readonly bytesMax: number;
  /** Sends. 1: none shares its way with another. */
  readonly callersMax: number;
  /** How long a send waits for others to come along, though a session is free. 0 = not at all. */
  readonly lingerMs: number;
}

/** What a send occupies while it waits, and how long it is worth waiting. */
export interface Load {
  readonly bytes: number;
  readonly signal: AbortSignal;
}

export interface LanesOptions {
  readonly limits: LaneLimits;
  readonly batch: BatchLimits;
  readonly clock: Clock;
  /** Waited for before each flight, for what is arriving at the same time. */
  readonly gather: (() => Promise<void>) | undefined;
  /** The error for a caller whose patience ended in the queue. */
  readonly tooLate: (signal: AbortSignal) => IggyError;
  readonly flightParts: (destination: Destination) => FlightParts;
}

/**
 * One queue per partition. A partition's sends leave in order of arrival, one flight at a time,
 * whatever session carries them: the next one leaves when the one before is answered or its connection
 * ended. (Only one of unknown outcome can still be stored after it, from what the broker has received
 * and not read.) What has come meanwhile travels together. One slow partition holds no other up.
 */
export class Lanes {
  readonly #options: LanesOptions;
  /** Only lanes with a send that waits or is in flight. */
  readonly #lanes = new Map<string, Lane>();
  #sends = 0;
  #bytes = 0;

  constructor(options: LanesOptions) {
    this.#options = options;
  }

  /** Lanes in use. */
  get size(): number {
    return this.#lanes.size;
  }

  /** How many would leave before a send that came now: 0 if it goes with the next batch. */
  ahead(destination: Destination): number {
    return this.#lanes.get(destinationKey(destination))?.ahead ?? 0;
  }

  /**
   * Settles when it is known what became of the messages, or `load.signal` fires.
   *
   * @throws IggyError `overloaded`, or `tooLate`'s if the signal fires in the queue: it never left then.
   *   Else what became of its batch: `refused`, `lost` or `timeout` (it was not stored), `outcome-unknown`,
   *   or `closed`.
   */
  async send(
    destination: Destination,
    messages: readonly OutgoingMessage[],
    { bytes, signal }: Load,
  ): Promise<SendResult> {
    if (signal.aborted) throw this.#options.tooLate(signal);
    if (!this.#hasRoom(bytes)) throw overloaded();
    const parcel = new Parcel(messages, bytes, signal);
    this.#sends += 1;
    this.#bytes += bytes;
    try {
      this.#join(destination, parcel);
      return await parcel.answer;
    } finally {
      this.#sends -= 1;
      this.#bytes -= bytes;
    }
  }

  #hasRoom(bytes: number): boolean {
    const { entriesMax, bytesMax } = this.#options.limits;
    return this.#sends < entriesMax && this.#bytes + bytes <= bytesMax;
  }

  #join(destination: Destination, parcel: Parcel): void {
    const key = destinationKey(destination);
    const existing = this.#lanes.get(key);
    const lane = existing ?? new Lane(destination, this.#options);
    if (!lane.join(parcel)) {
      parcel.reject(overloaded());
      return;
    }
    if (existing !== undefined) return;
    this.#lanes.set(key, lane);
    void lane.run(() => this.#lanes.delete(key));
  }
}

class Lane implements Cargo {
  readonly #destination: Destination;
  readonly #options: LanesOptions;
  readonly #line: WaitingLine<Parcel>;
  #flight: Flight | undefined;
  #messagesCount = 0;
  /** Ends the wait for others to come along. */
  #goNow: () => void = () => {};

  constructor(destination: Destination, options: LanesOptions) {
    const { perLaneMax: entriesMax, bytesMax } = options.limits;
    this.#destination = destination;
    this.#options = options;
    this.#line = new WaitingLine({ entriesMax, bytesMax });
  }

  get ahead(): number {
    const isBusy = this.#flight?.isOut === true || this.#isFull();
    return isBusy ? 1 + this.#line.length : 0;
  }

  get isEmpty(): boolean {
    return this.#line.length === 0;
  }

  /** One flight after the other, until nobody is left. Never rejects. */
  async run(closed: () => void): Promise<void> {
    const { flightParts, batch, gather } = this.#options;
    const parts = flightParts(this.#destination);
    while (!this.isEmpty) {
      this.#flight = undefined;
      if (batch.lingerMs > 0) await this.#linger(batch.lingerMs);
      else if (gather !== undefined) await gather();
      if (this.isEmpty) break;
      this.#flight = new Flight(parts, this.#destination.partitionId, this);
      await this.#flight.run();
    }
    closed();
  }

  /** False if there is no room. */
  join(parcel: Parcel): boolean {
    const { bytes, messages, signal } = parcel;
    const leave = this.#line.join(parcel, bytes);
    if (leave === undefined) return false;
    this.#messagesCount += messages.length;
    parcel.move(() => {
      leave();
      this.#messagesCount -= messages.length;
      this.#flight?.cargoLeft(signal.reason);
      if (this.isEmpty) this.#goNow();
      return this.#options.tooLate(signal);
    });
    if (this.#isFull()) this.#goNow();
    return true;
  }

  take(aboard: Iterable<Parcel>): Parcel[] {
    const { messagesMax, bytesMax, callersMax } = this.#options.batch;
    const taken: Parcel[] = [];
    let [messages, bytes, callers] = [0, 0, 0];
    const add = (parcel: Parcel): void => {
      messages += parcel.messages.length;
      bytes += parcel.bytes;
      callers += 1;
    };
    for (const parcel of aboard) add(parcel);
    for (let next = this.#line.peek(); next !== undefined; next = this.#line.peek()) {
      const fits = messages + next.messages.length <= messagesMax && bytes + next.bytes <= bytesMax;
      if (callers > 0 && !(fits && callers < callersMax)) break;
      this.#shift();
      add(next);
      taken.push(next);
    }
    return taken;
  }

  rejectAll(error: IggyError): void {
    for (let parcel = this.#shift(); parcel !== undefined; parcel = this.#shift()) {
      parcel.reject(error);
    }
  }

  #shift(): Parcel | undefined {
    const parcel = this.#line.shift();
    this.#messagesCount -= parcel?.messages.length ?? 0;
    return parcel;
  }

  #isFull(): boolean {
    const { messagesMax, bytesMax, callersMax } = this.#options.batch;
    const { length, bytes } = this.#line;
    return this.#messagesCount >= messagesMax || bytes >= bytesMax || length >= callersMax;
  }

  /** Until time is up, there is enough for a batch, or nobody is left. */
  #linger(lingerMs: number): Promise<void> {
    if (this.#isFull()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer: Timer = this.#options.clock.after(lingerMs, resolve);
    this.#goNow = () => {
      timer.cancel();
      resolve();
    };
    return promise;
  }
}

function overloaded(): IggyError {
  return new IggyError('overloaded', 'too many sends wait for their turn');
}
