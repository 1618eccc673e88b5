import { invariant } from '../utils/invariant.ts';
import type { IggyError } from './errors.ts';
import type { OutgoingMessage, SendResult } from './port.ts';

/** Bytes of a message besides payload and user headers (iggy-vsr-0.11 §5.2). */
const MESSAGE_HEADER_BYTES = 48;

/** Takes the parcel out of where it is, and says what its caller is to be told. */
type Leave = () => IggyError;

/** One caller's send, from its lane to its answer. It travels whole, and may share its way with others. */
export class Parcel {
  readonly messages: readonly OutgoingMessage[];
  /** Of its messages, as they are written. */
  readonly bytes: number;
  /** Its caller's patience. */
  readonly signal: AbortSignal;
  /** Rejects with IggyError. */
  readonly answer: Promise<SendResult>;
  readonly #resolve: (result: SendResult) => void;
  readonly #reject: (error: IggyError) => void;
  readonly #onAbort: () => void;
  #leave: Leave | undefined;

  /** @param bytes As `messagesBytes` counts them. */
  constructor(messages: readonly OutgoingMessage[], bytes: number, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    this.messages = messages;
    this.bytes = bytes;
    this.signal = signal;
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onAbort = () => {
      invariant(this.#leave, 'a parcel is somewhere');
      reject(this.#leave());
    };
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Where it is now, and until it is moved again. */
  move(leave: Leave): void {
    this.#leave = leave;
  }

  resolve(result: SendResult): void {
    this.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve(result);
  }

  reject(error: IggyError): void {
    this.signal.removeEventListener('abort', this.#onAbort);
    this.#reject(error);
  }
}

export function messagesBytes(messages: readonly OutgoingMessage[]): number {
  let bytes = 0;
  for (const { payload, userHeaders } of messages) {
    bytes += MESSAGE_HEADER_BYTES + payload.length + (userHeaders?.length ?? 0);
  }
  return bytes;
}
