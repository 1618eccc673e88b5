import { availableParallelism } from 'node:os';

import type { BenchOptions } from './options.ts';
import { CAN_PIN } from './processes.ts';
import type { Spread } from './samples.ts';

/** A table in Markdown. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function line(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

export const whole = ({ middle }: Spread): string => middle.toFixed(0);
export const precise = ({ middle }: Spread): string => middle.toFixed(2);

/** Median, and the whole spread. */
export function withSpread({ middle, low, high }: Spread): string {
  return `${middle.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
}

/** Which broker the messages go to. */
export function brokerOf({ connectionString }: BenchOptions): string {
  return connectionString === undefined ? 'embedded broker' : 'the broker of the connection string';
}

/** What the numbers below it depend on. */
export function machine(): string {
  const cpus = CAN_PIN
    ? 'server and load on a CPU each'
    : 'server and load NOT on CPUs of their own';
  return `Node ${process.version}, ${availableParallelism()} CPUs, ${cpus}`;
}

/** The line above a table: what was done how often, and how to read it. */
export function circumstances(name: string, options: BenchOptions, details: string): string {
  const { rounds, seconds, warmupSeconds } = options;
  return (
    `${name}: ${rounds} interleaved rounds of ${seconds} s after ${warmupSeconds} s of warm-up, ${details}, ` +
    `${machine()}. Medians, and (least-most); ratios are of the same round.`
  );
}

export interface Goal {
  readonly what: string;
  readonly measured: number;
  /** One of the two. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One line for each goal: what was wanted, what came out, and whether that is enough. */
export function verdicts(goals: readonly Goal[]): string {
  return goals
    .map(({ what, measured, atLeast = -Infinity, atMost = Infinity }) => {
      const met = measured >= atLeast && measured <= atMost;
      const wanted = atLeast === -Infinity ? `at most ${atMost}` : `at least ${atLeast}`;
      return `- ${met ? 'pass' : 'FAIL'}: ${what}: ${measured.toFixed(2)}, goal ${wanted}`;
    })
    .join('\n');
}
