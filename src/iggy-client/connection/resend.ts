import { STATUS } from '../../iggy-protocol/index.ts';
import { type Clock, sleep } from '../../utils/clock.ts';

/** Between two copies of one frame (iggy-vsr-0.11 §2.10). */
const RESEND_DELAY_MS = 50;

/**
 * The two answers that invite the identical frame again: 58, nothing happened; 57, accepted and not
 * committed yet, so the outcome is open until another answer comes (iggy-vsr-0.11 §2.10).
 */
export function isTransient(code: number): boolean {
  return code === STATUS.TransientNotAccepted || code === STATUS.TransientNotCommitted;
}

/** Waits before a resend; false if `signal` says not to bother. */
export async function pauseBeforeResend(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(clock, RESEND_DELAY_MS, signal);
    // It may have fired between the end of the sleep and now.
    return !signal.aborted;
  } catch {
    // A sleep fails for one reason only: its signal.
    return false;
  }
}
