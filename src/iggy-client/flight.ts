import { decodeBody, sendMessages, STATUS } from '../iggy-protocol/index.ts';
import { readReply } from './calls.ts';
import type { Progress, SessionRequest } from './connection/session.ts';
import { deliver, outcomeUnknown, tooLate } from './deliver.ts';
import { IggyError } from './errors.ts';
import type { Parcel } from './parcel.ts';
import type { LateRequest, PoolOutcome } from './pool.ts';
import type { OutgoingMessage } from './port.ts';

/** Where more parcels for the same partition wait. */
export interface Cargo {
  readonly isEmpty: boolean;
  /** The next ones that may travel together with those aboard; at least one if none are. */
  take(aboard: Iterable<Parcel>): Parcel[];
  /** None of them can leave: there was no way to send anything. */
  rejectAll(error: IggyError): void;
}

/** How the attempt to send a batch goes, and how to end it. */
export interface Attempt {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface FlightParts {
  readonly carry: (request: LateRequest) => Promise<PoolOutcome>;
  /** The error for a caller whose patience ended before its messages were written. */
  readonly tooLate: (signal: AbortSignal) => IggyError;
  /** Makes the request of a batch that is written now. Throws IggyError if it cannot be written. */
  readonly pack: (messages: readonly OutgoingMessage[], attempt: Attempt) => SessionRequest;
  /** Waits a moment, or until the signal fires. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
  /** Told where the batch was stored. */
  readonly stored: (baseOffset: bigint, messagesCount: number) => void;
}

interface Out {
  readonly progress: Progress;
  readonly attempt: AbortController;
}

/**
 * One batch on its way: what waits for the partition at the moment when a session is free for it. Each
 * parcel gets its own answer. A caller that gives up leaves alone: at once, and the others travel on.
 */
export class Flight implements LateRequest {
  /** What is aboard was counted where it came from. */
  readonly waitingBytes = 0;
  readonly #parts: FlightParts;
  readonly #partitionId: number;
  readonly #cargo: Cargo;
  readonly #abandoned = new AbortController();
  /** Whose callers still wait; in order. */
  readonly #aboard = new Set<Parcel>();
  /** All that were written with the last try, also those that have left since. */
  #written: readonly Parcel[] = [];
  /** While a try is under way. */
  #out: Out | undefined;
  /** The last try was ended, because the broker had taken nothing of it. */
  #takenBack = false;

  constructor(parts: FlightParts, partitionId: number, cargo: Cargo) {
    this.#parts = parts;
    this.#partitionId = partitionId;
    this.#cargo = cargo;
  }

  /** Fires when nobody waits for it any more. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** Whether what joins the cargo now has to wait for the next flight. */
  get isOut(): boolean {
    return this.#out !== undefined;
  }

  /** Until it is known what became of the batch, and nothing of it can be stored any more. Never rejects. */
  async run(): Promise<void> {
    const delivery = await deliver({ request: () => this.#try() }, this, 'write');
    if (delivery.kind === 'answered') this.#answer(delivery.payload);
    else await this.#fail(delivery.error);
    await delivery.released;
  }

  compose(): SessionRequest | IggyError {
    for (const parcel of this.#cargo.take(this.#aboard)) this.#board(parcel);
    const attempt = new AbortController();
    const progress = { inDoubt: false };
    this.#written = [...this.#aboard];
    const messages = this.#written.flatMap((parcel) => parcel.messages);
    try {
      const request = this.#parts.pack(messages, { signal: attempt.signal, progress });
      this.#out = { attempt, progress };
      return request;
    } catch (error) {
      if (error instanceof IggyError) return error;
      throw error;
    }
  }

  /** To be called when the cargo has become empty: then there may be nobody left to travel. */
  cargoLeft(reason: unknown): void {
    if (this.#aboard.size === 0 && this.#cargo.isEmpty) this.#abandoned.abort(reason);
  }

  async #try(): Promise<PoolOutcome> {
    this.#out = undefined;
    if (this.#takenBack) {
      // Callers that came together give up together: written at once, it would be in doubt for the next.
      await this.#parts.pause(this.signal);
      this.#takenBack = false;
    }
    return this.#parts.carry(this);
  }

  #board(parcel: Parcel): void {
    this.#aboard.add(parcel);
    parcel.move(() => this.#leave(parcel));
  }

  #leave(parcel: Parcel): IggyError {
    const { signal } = parcel;
    const reason: unknown = signal.reason;
    this.#aboard.delete(parcel);
    const out = this.#out;
    this.cargoLeft(reason);
    if (out === undefined) return this.#parts.tooLate(signal);
    // What the broker has not taken yet is taken back, and goes out again without this one.
    this.#takenBack = !out.progress.inDoubt;
    if (this.#aboard.size === 0 || this.#takenBack) out.attempt.abort(reason);
    return this.#takenBack ? tooLate(reason) : outcomeUnknown(reason);
  }

  #answer(payload: Buffer): void {
    const partitionId = this.#partitionId;
    try {
      const { confirmations } = readReply('write', () =>
        decodeBody(sendMessages.response, payload),
      );
      // None: the broker knows the batch already and does not tell where it is (iggy-vsr-0.11 §2.9).
      const base = confirmations[0]?.baseOffset;
      let messagesCount = 0;
      for (const parcel of this.#written) {
        const baseOffset = base === undefined ? undefined : base + BigInt(messagesCount);
        parcel.resolve({ partitionId, baseOffset });
        messagesCount += parcel.messages.length;
      }
      if (base !== undefined) this.#parts.stored(base, messagesCount);
    } catch (error) {
      if (!(error instanceof IggyError)) throw error;
      this.#rejectAll(error);
    }
  }

  async #fail(error: IggyError): Promise<void> {
    const neverTaken = this.#out === undefined && !this.signal.aborted;
    this.#out = undefined;
    if (this.#aboard.size > 1 && mayBeOnes(error)) {
      for (const parcel of this.#aboard) await this.#alone(parcel);
      return;
    }
    if (this.#aboard.size === 0 && neverTaken) this.#cargo.rejectAll(error);
    this.#rejectAll(error);
  }

  #alone(parcel: Parcel): Promise<void> {
    this.#aboard.delete(parcel);
    const flight = new Flight(this.#parts, this.#partitionId, NOTHING);
    flight.#board(parcel);
    return flight.run();
  }

  #rejectAll(error: IggyError): void {
    for (const parcel of this.#aboard) parcel.reject(error);
    this.#aboard.clear();
  }
}

const NOTHING: Cargo = { isEmpty: true, take: () => [], rejectAll: () => {} };

/** Whether one parcel can be to blame for it: each finds out by itself then. Not for a missing topic. */
function mayBeOnes({ kind, code }: IggyError): boolean {
  return kind === 'refused' && code !== STATUS.ResourceNotFound;
}
