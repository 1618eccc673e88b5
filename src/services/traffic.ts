import { GatewayError } from '../errors.ts';
import type { Clock } from '../utils/clock.ts';

export interface Traffic {
  /** Messages the broker has confirmed. */
  readonly messagesSent: number;
  /** Messages handed out by polls. */
  readonly messagesReceived: number;
  /** Sends, of one message or of a batch, that the broker did not confirm. */
  readonly sendFailures: number;
}

/** How a send or a poll ended. Nobody can say of an `unknown` one whether it happened. */
export interface Transfer {
  readonly stream: string;
  readonly topic: string;
  readonly messages: number;
  readonly outcome: 'success' | 'error' | 'unknown';
  readonly ms: number;
}

/** Told of every send and poll. */
export interface TrafficListener {
  sendEnded(transfer: Transfer): void;
  pollEnded(transfer: Transfer): void;
}

/** What went through this process since it started. */
export class TrafficCounter implements TrafficListener {
  #traffic: Traffic = { messagesSent: 0, messagesReceived: 0, sendFailures: 0 };
  readonly #listener: TrafficListener | undefined;

  /** `listener` is told as well, for counts that are finer than these. */
  constructor(listener?: TrafficListener) {
    this.#listener = listener;
  }

  /** An immutable picture of this moment. */
  snapshot(): Traffic {
    return this.#traffic;
  }

  sendEnded(send: Transfer): void {
    const { messagesSent, sendFailures } = this.#traffic;
    this.#traffic =
      send.outcome === 'success'
        ? { ...this.#traffic, messagesSent: messagesSent + send.messages }
        : { ...this.#traffic, sendFailures: sendFailures + 1 };
    this.#listener?.sendEnded(send);
  }

  pollEnded(poll: Transfer): void {
    const messagesReceived = this.#traffic.messagesReceived + poll.messages;
    this.#traffic = { ...this.#traffic, messagesReceived };
    this.#listener?.pollEnded(poll);
  }
}

/** Runs a send or a poll and says how it ended and how long that took. */
export async function timed<T>(
  clock: Clock,
  work: () => Promise<T>,
  tell: (end: Pick<Transfer, 'outcome' | 'ms'>, result: T | undefined) => void,
): Promise<T> {
  const startMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - startMs;
  try {
    const result = await work();
    tell({ outcome: 'success', ms: elapsedMs() }, result);
    return result;
  } catch (error) {
    const unknown = error instanceof GatewayError && error.code === 'outcome_unknown';
    tell({ outcome: unknown ? 'unknown' : 'error', ms: elapsedMs() }, undefined);
    throw error;
  }
}
