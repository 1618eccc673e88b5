import {
  decodeServerFrame,
  FrameDecoder,
  replyOperation,
  type ReplyHeader,
  WireError,
} from '../../iggy-protocol/index.ts';
import type { Clock, Timer } from '../../utils/clock.ts';
import { invariant } from '../../utils/invariant.ts';
import type { Address, Dial, Duplex } from './duplex.ts';
import { evictionLoss, isNotExecuted, passingLoss } from './loss.ts';
import type { Loss } from './machine.ts';

export type Answer =
  | { readonly kind: 'reply'; readonly header: ReplyHeader; readonly body: Buffer }
  /** `executed`: whether the broker may have acted on the request all the same. */
  | { readonly kind: 'ended'; readonly loss: Loss; readonly executed: boolean };

/** One request as bytes, and what its reply must echo. */
export interface RequestFrame {
  readonly bytes: Buffer;
  readonly operation: number;
  readonly number: bigint;
}

export interface ConversationListener {
  opened(): void;
  /** Once, and last. Not called if the owner ended it. */
  ended(loss: Loss): void;
}

interface ConversationOptions {
  readonly dial: Dial;
  readonly address: Address;
  readonly clock: Clock;
  /** Of one frame, header included, in either direction. */
  readonly frameBytesMax: number;
}

interface Pending {
  readonly frame: RequestFrame;
  readonly deadline: Timer;
  readonly resolve: (answer: Answer) => void;
}

/**
 * Request, reply, request, reply: lockstep over one duplex (iggy-vsr-0.11 §1.7). The next frame that
 * comes is the reply to the one request that is out, or an eviction; anything else ends the
 * conversation, because what follows could be taken for somebody else's reply.
 */
export class Conversation {
  readonly #clock: Clock;
  readonly #decoder: FrameDecoder;
  readonly #duplex: Duplex;
  readonly #listener: ConversationListener;
  readonly #over = new AbortController();
  #pending: Pending | undefined;
  #heardMs: number;
  #loss: Loss | undefined;

  constructor(options: ConversationOptions, listener: ConversationListener) {
    this.#clock = options.clock;
    this.#decoder = new FrameDecoder(options.frameBytesMax);
    this.#listener = listener;
    this.#heardMs = options.clock.monotonicMs();
    this.#duplex = options.dial(options.address, {
      opened: () => listener.opened(),
      received: (chunk) => this.#receive(chunk),
      closed: ({ error, permanent }) => this.#fail({ error, permanent, identitySpent: false }),
    });
  }

  /** Aborted when the conversation ends, whoever ended it. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** How long ago the last byte came; until one has, how long this lasts. */
  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#heardMs;
  }

  /**
   * Writes one request and waits for its reply, `deadlineMs` at most: then the conversation is ended,
   * for a later reply would be taken for the next one's. Never rejects.
   */
  exchange(frame: RequestFrame, deadlineMs: number): Promise<Answer> {
    invariant(this.#pending === undefined, 'one request in flight on a connection');
    if (this.#loss !== undefined) {
      return Promise.resolve({ kind: 'ended', loss: this.#loss, executed: false });
    }
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const deadline = this.#clock.after(deadlineMs, () => {
      this.#fail(passingLoss(new Error(`the broker did not answer within ${deadlineMs} ms`)));
    });
    this.#pending = { frame, deadline, resolve };
    this.#duplex.write(frame.bytes);
    return promise;
  }

  /** Hangs up. A request that is out is answered with `ended`. Harmless when it is over already. */
  end(loss: Loss): void {
    this.#end(loss, true);
  }

  #receive(chunk: Buffer): void {
    this.#heardMs = this.#clock.monotonicMs();
    try {
      this.#decoder.push(chunk, (frame) => this.#take(frame));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fail(passingLoss(error));
    }
  }

  #take(bytes: Buffer): void {
    const frame = decodeServerFrame(bytes);
    if (frame.kind === 'eviction') {
      this.#fail(evictionLoss(frame.header), !isNotExecuted(frame.header));
      return;
    }
    const pending = this.#pending;
    if (pending === undefined || !isReplyTo(pending.frame, frame.header)) {
      throw new WireError('the broker sent a reply that nobody waits for');
    }
    pending.deadline.cancel();
    this.#pending = undefined;
    pending.resolve(frame);
  }

  #fail(loss: Loss, executed = true): void {
    if (this.#loss !== undefined) return;
    this.#end(loss, executed);
    this.#listener.ended(loss);
  }

  #end(loss: Loss, executed: boolean): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    this.#duplex.destroy();
    this.#over.abort(loss.error);
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.deadline.cancel();
    pending?.resolve({ kind: 'ended', loss, executed });
  }
}

/**
 * Every reply echoes number and operation, three operations under another name (iggy-vsr-0.11 §1.3).
 * The client id is no echo on some replies of real servers (iggy-vsr-observed §3.5).
 */
function isReplyTo({ operation, number }: RequestFrame, header: ReplyHeader): boolean {
  if (header.request !== number) return false;
  return header.operation === operation || header.operation === replyOperation(operation);
}
