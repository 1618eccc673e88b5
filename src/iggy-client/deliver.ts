import { STATUS, statusName, WireError } from '../iggy-protocol/index.ts';
import { IggyError } from './errors.ts';
import type { PoolOutcome } from './pool.ts';

/**
 * - `read`: doing it twice is harmless.
 * - `write`: it is not, so it is never repeated once a byte of it was written.
 */
export type Effect = 'read' | 'write';

/** What a request can be handed to, as often as it takes. */
export interface Carrier<Request> {
  request(request: Request): Promise<PoolOutcome>;
}

export type Delivery = (
  | { readonly kind: 'answered'; readonly payload: Buffer }
  | { readonly kind: 'failed'; readonly error: IggyError }
) & {
  /** When the request is no longer in flight: at once, or after its caller has given up on it. */
  readonly released: Promise<void>;
};

const RELEASED = Promise.resolve();

/**
 * Sees a request through: the one place that repeats one on another session. It repeats what cannot
 * have happened, and reads, for as long as the caller's signal allows. Never rejects.
 */
export async function deliver<Request extends { readonly signal: AbortSignal }>(
  carrier: Carrier<Request>,
  request: Request,
  effect: Effect,
): Promise<Delivery> {
  for (;;) {
    const outcome = await carrier.request(request);
    switch (outcome.kind) {
      case 'answered':
        return { ...outcome, released: RELEASED };
      case 'refused':
        return failed(refusal(outcome.code));
      case 'not-admitted':
        return failed(outcome.error);
      case 'not-executed':
        if (request.signal.aborted) return failed(tooLate(outcome.cause));
        break;
      case 'in-doubt': {
        const { cause, released } = outcome;
        if (effect === 'write') return failed(outcomeUnknown(cause), released);
        if (cause instanceof WireError) return failed(garbled(cause));
        if (request.signal.aborted) return failed(tooLate(cause), released);
        break;
      }
    }
  }
}

function failed(error: IggyError, released = RELEASED): Delivery {
  return { kind: 'failed', error, released };
}

function refusal(code: number): IggyError {
  const message = `the broker refused: ${statusName(code)} (${code})`;
  // "Already applied" is no refusal: it was done, and the reply that said so is gone (iggy-vsr-0.11 §2.8).
  if (code === STATUS.RequestAlreadyApplied) return outcomeUnknown(new Error(message));
  return new IggyError('refused', message, { code });
}

export function tooLate(cause: unknown): IggyError {
  return new IggyError('timeout', 'the broker did not answer in time', { cause });
}

/** A repetition would be garbled the same way, and cost everybody a session again. */
export function garbled(cause: WireError): IggyError {
  return new IggyError('wire', `the broker's reply makes no sense: ${cause.message}`, { cause });
}

export function outcomeUnknown(cause: unknown): IggyError {
  return new IggyError('outcome-unknown', 'nobody can say whether the write happened', { cause });
}
