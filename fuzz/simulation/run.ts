import { addCounts, type Counts, noCounts } from './counts.ts';
import { type History, runHistory } from './history.ts';

export interface RunOptions {
  /** Of the first history; the next ones follow it. */
  readonly seed: number;
  readonly seconds: number;
}

const LINES_SHOWN = 40;

/**
 * Runs history after history until the time is up or one fails, and tells of it. Of the first one, which
 * is that of a seed somebody wants to see again, it tells everything. True if none failed.
 */
export async function simulate(
  { seed, seconds }: RunOptions,
  write: (text: string) => void,
): Promise<boolean> {
  const startMs = performance.now();
  const counts = noCounts();
  let histories = 0;
  for (let passedMs = 0; passedMs < seconds * 1000; passedMs = performance.now() - startMs) {
    const history = await runHistory(seed + histories);
    histories += 1;
    addCounts(counts, history.counts);
    if (history.violations.length === 0) continue;
    write(tellFailure(history, histories === 1));
    return false;
  }
  write(tellSuccess(histories, counts, performance.now() - startMs));
  return true;
}

function tellFailure({ seed, violations, trace }: History, showAll: boolean): string {
  const shown = showAll ? trace : trace.slice(-LINES_SHOWN);
  return [
    ...shown,
    `simulation: FAILED with seed ${seed}`,
    ...violations.map((violation) => `  ${violation}`),
    `again: npm run fuzz -- simulation --seed ${seed}`,
    '',
  ].join('\n');
}

function tellSuccess(histories: number, counts: Counts, tookMs: number): string {
  const perMinute = Math.round(histories / (tookMs / 60_000));
  return [
    `simulation: ${histories} histories (${perMinute} a minute), nothing found`,
    ...Object.entries(counts).map(([what, count]) => `  ${what}: ${count}`),
    '',
  ].join('\n');
}
