import { decodeBody, sendMessages, STATUS } from '../iggy-protocol/index.ts';
import { readReply } from './calls.ts';
import { isTransient } from './connection/resend.ts';
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
  /** It takes nothing more aboard, though its partition may not be free yet. */
  #isOver = false;

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
    return this.#isOver || this.#out !== undefined;
  }

  /** Until it is known what became of the batch, and nothing of it can be stored any more. Never rejects. */
  async run(): Promise<void> {
    const delivery = await deliver({ request: () => this.#try() }, this, 'write');
    this.#isOver = true;
    if (delivery.kind === 'answered') this.#answer(delivery.payload);
    else await this.#fail(delivery.error);
    await delivery.released;
  }

  compose(): SessionRequest | IggyError {
    for (const parcel of this.#cargo.take(this.#aboard)) this.#board(parcel);
    const attempt = new AbortController();
    const progress = { inDoubt: false, isRecalled: false };
    this.#out = { attempt, progress };
    this.#written = [...this.#aboard];
    const messages = this.#written.flatMap((parcel) => parcel.messages);
    try {
      return this.#parts.pack(messages, { signal: attempt.signal, progress });
    } catch (error) {
      if (error instanceof IggyError) return error;
      throw error;
    }
  }

  /** To be called when one has left the cargo: then there may be nobody left to travel. */
  cargoLeft(reason: unknown): void {
    if (this.#aboard.size === 0 && this.#cargo.isEmpty) this.#abandoned.abort(reason);
  }

  #try(): Promise<PoolOutcome> {
    this.#out = undefined;
    this.#written = [];
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
    if (this.#aboard.size === 0) out.attempt.abort(reason);
    // What the broker has not taken yet is not offered again as it is, but without this one.
    else if (!out.progress.inDoubt) out.progress.isRecalled = true;
    return out.progress.inDoubt ? outcomeUnknown(reason) : tooLate(reason);
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

/**
 * Whether one parcel can be to blame for it: each finds out by itself then. Not for a missing topic, nor if
 * the broker takes nothing from anybody.
 */
function mayBeOnes({ kind, code }: IggyError): boolean {
  return kind === 'refused' && code !== STATUS.ResourceNotFound && !isTransient(code ?? 0);
}
