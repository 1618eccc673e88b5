import type { OutcomeKind } from './ledger.ts';

/** What has happened how often: a simulation in which nothing goes wrong proves nothing. */
export type Counts = Record<
  | OutcomeKind
  | 'cuts in mid-request'
  | 'cuts in mid-reply'
  | 'dials refused'
  | 'broker restarts'
  | 'wrong turns'
  | 'duplicates'
  | 'circuit openings'
  | 'recovered by read-back'
  | 'recovered by resend',
  number
>;

export function noCounts(): Counts {
  return {
    ok: 0,
    refused: 0,
    overloaded: 0,
    lost: 0,
    timeout: 0,
    wire: 0,
    closed: 0,
    'circuit-open': 0,
    'outcome-unknown': 0,
    'cuts in mid-request': 0,
    'cuts in mid-reply': 0,
    'dials refused': 0,
    'broker restarts': 0,
    'wrong turns': 0,
    duplicates: 0,
    'circuit openings': 0,
    'recovered by read-back': 0,
    'recovered by resend': 0,
  };
}

export function addCounts(total: Counts, more: Counts): void {
  // The keys are those of the type: objects are made by `noCounts` alone.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  for (const what of Object.keys(more) as (keyof Counts)[]) total[what] += more[what];
}
