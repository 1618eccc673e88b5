import { statusName } from '../../iggy-protocol/index.ts';

/** What is known of a request when its caller's promise settles. */
export type Outcome =
  | { readonly kind: 'answered'; readonly payload: Buffer }
  | { readonly kind: 'refused'; readonly code: number }
  /** It did not happen and will not: whoever wants may try again, even a write. */
  | { readonly kind: 'not-executed'; readonly cause: unknown }
  /** It was written, and the answer did not come (yet). `released` when it can no longer come. */
  | { readonly kind: 'in-doubt'; readonly cause: unknown; readonly released: Promise<void> };

export function unfinished(cause: unknown, inDoubt: boolean): Outcome {
  if (!inDoubt) return { kind: 'not-executed', cause };
  return { kind: 'in-doubt', cause, released: Promise.resolve() };
}

/**
 * The outcome of a request whose first copy was answered with 57, by the answer to a later copy. That
 * first copy may have been executed: only what an execution says settles it, not a denial before one,
 * which comes as a `status` (iggy-vsr-0.11 §1.6).
 */
export function stillInDoubt(outcome: Outcome, status: number): Outcome {
  const denied = outcome.kind === 'not-executed' || (outcome.kind === 'refused' && status !== 0);
  if (!denied) return outcome;
  return unfinished(new Error(`the broker denied a repetition: ${statusName(status)}`), true);
}
