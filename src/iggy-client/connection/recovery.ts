import type { Outcome } from './outcome.ts';
import type { SessionRequest } from './session.ts';

/** What a recovery may ask over the session that followed the lost one. Neither rejects. */
export interface Inquiry {
  /** Of what only reads. */
  readonly ask: (request: SessionRequest) => Promise<Outcome>;
  /**
   * Writes the lost request again, its client id, number and body as they were. Undefined if that is
   * another client's id now.
   */
  readonly resend: (() => Promise<Outcome>) | undefined;
  /** Which server this is, in its own words. */
  readonly serverVersion: string;
}

/**
 * Finds out what became of a request that was written, and whose connection ended before its answer
 * came. It runs on the first session of the same slot that is there, before the slot takes anything else;
 * if that is lost too, it runs again on the next. Never rejects.
 */
export type Recovery = (inquiry: Inquiry) => Promise<Outcome>;
