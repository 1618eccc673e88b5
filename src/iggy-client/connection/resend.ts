import { Operation, STATUS } from '../../iggy-protocol/index.ts';
import { type Clock, sleep } from '../../utils/clock.ts';
import { deduplicatesSends } from '../dialect.ts';

/** Between two copies of one frame (iggy-vsr-0.11 §2.10). */
const RESEND_DELAY_MS = 50;

/** How long one request is resent at most (iggy-vsr-0.11 §2.10). */
export const RESEND_BUDGET_MS = 30_000;

/** After so much of that, and again each time: who leads the cluster now? */
export const FOLLOW_AFTER_MS = 2_000;

/**
 * The two answers that invite the identical frame again: 58, nothing happened; 57, accepted and not
 * committed yet, so the outcome is open until another answer comes (iggy-vsr-0.11 §2.10).
 */
export function isTransient(code: number): boolean {
  return code === STATUS.TransientNotAccepted || code === STATUS.TransientNotCommitted;
}

/**
 * Whether the broker tells a copy from a new request: not of a read, whose number is not its own, and of
 * a write to a partition only if it is such a broker (iggy-vsr-0.11 §1.5, §2.8, §2.9).
 */
export function isDeduplicated(operation: number, serverVersion: string): boolean {
  if (operation >= Operation.SendMessages) return deduplicatesSends(serverVersion);
  return operation !== Operation.NonReplicated;
}

/** Waits before a resend, or until `signal` fires. Which of them it was the caller reads from the signal. */
export async function pauseBeforeResend(clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    await sleep(clock, RESEND_DELAY_MS, signal);
  } catch {
    // A sleep fails for one reason only: its signal.
  }
}
