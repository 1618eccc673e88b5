import type { IggyErrorKind } from '../../src/iggy-client/errors.ts';
import { Trail } from './trail.ts';

export type OutcomeKind = 'ok' | IggyErrorKind;

/** One call of a client, from the outside. */
export interface CallRecord {
  readonly what: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Both undefined until it has settled. */
  settledMs: number | undefined;
  outcome: OutcomeKind | undefined;
}

interface SendAttempt {
  readonly outcome: OutcomeKind;
  /** Where it is, as the client was told. */
  readonly partitionId?: number;
  readonly baseOffset?: bigint | undefined;
  /** How the client came to know, if not from the first answer. */
  readonly recovery?: 'read-back' | 'resend' | undefined;
}

/** Messages that belong together, sent once or, the same to the last byte, again. */
export interface Shipment {
  /** Those of one sender are in the order in which they were handed over. */
  readonly sender: number;
  readonly topic: string;
  /** Tells each message from all others of this history. */
  readonly keys: readonly string[];
  readonly attempts: SendAttempt[];
}

/** What a poll has shown. */
export interface Page {
  readonly topic: string;
  readonly partitionId: number;
  readonly currentOffset: bigint;
  readonly messages: readonly { readonly offset: bigint; readonly key: string }[];
}

export interface Creation {
  readonly topic: string;
  readonly partitionsCount: number;
  readonly outcome: OutcomeKind;
}

/** Everything that is said in a history, to be held against what is stored at its end. */
export class Ledger {
  readonly calls: CallRecord[] = [];
  readonly shipments: Shipment[] = [];
  readonly pages: Page[] = [];
  readonly creations: Creation[] = [];
  readonly trail = new Trail();
  /** What must not have happened, in words. */
  readonly violations: string[] = [];

  expect(holds: boolean, otherwise: () => string): void {
    if (!holds) this.violations.push(otherwise());
  }
}
