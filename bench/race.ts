import { type Load, withLoad } from './load.ts';
import type { LoadResult } from './load-run.ts';
import type { BenchOptions } from './options.ts';
import { inRounds } from './rounds.ts';
import { type Sample, Samples } from './samples.ts';
import { type Stoppable, stopping } from './stopping.ts';
import { circumstances, type Goal, precise, table, verdicts, whole, withSpread } from './table.ts';
import { withDirectory } from './temporary.ts';

/** One of those that do the same work side by side, as often as wanted, and at any level. */
export interface Contender {
  readonly name: string;
  measure(level: number, seconds: number): Promise<LoadResult & { messagesPerSend?: number }>;
}

export interface Race {
  readonly name: string;
  /** What it is about, for the line above the table. */
  readonly details: string;
  /** What differs from row to row. */
  readonly levelName: string;
  readonly levels: readonly number[];
  /** Whose rate the others' are told as shares of. */
  readonly base: string;
  /** Messages in a request, or in its answer. */
  readonly messagesEach: (level: number) => number;
  /** Starts the contenders. What has to be stopped is handed to `add` as soon as it runs. */
  readonly enter: (entry: Entry) => Promise<Contender[]>;
  readonly goals: (ratio: RatioAt) => readonly Goal[];
}

export interface Entry {
  readonly load: Load;
  /** For data and logs; gone afterwards. */
  readonly directory: string;
  readonly add: <Started extends Stoppable>(started: Started) => Started;
}

/** The median of one's rate to another's at a level. */
type RatioAt = (level: number, name: string, base: string) => number;

/** Everybody at every level in every round, after a warm-up. Returns the table, and what became of the goals. */
export function race(contest: Race, options: BenchOptions): Promise<string> {
  return withDirectory((directory) =>
    withLoad((load) => {
      const started: Stoppable[] = [];
      return stopping(started, async () => {
        const contenders = await contest.enter({
          load,
          directory,
          add(one) {
            started.push(one);
            return one;
          },
        });
        const samples = await compare(contest, contenders, options);
        return report(contest, contenders, samples, options);
      });
    }),
  );
}

async function compare(
  { levels, messagesEach }: Race,
  contenders: readonly Contender[],
  { rounds, seconds, warmupSeconds }: BenchOptions,
): Promise<Samples> {
  const warmUpLevel = levels[levels.length >> 1] ?? 1;
  for (const contender of contenders) await contender.measure(warmUpLevel, warmupSeconds);
  const samples = new Samples();
  const pairs = levels.flatMap((level) => contenders.map((contender) => ({ level, contender })));
  await inRounds(pairs, rounds, async ({ level, contender }) => {
    const { messagesPerSend = Number.NaN, ...result } = await contender.measure(level, seconds);
    const sample = { ...toSample(result, messagesEach(level)), messagesPerSend };
    samples.add(keyOf(level, contender.name), sample);
  });
  return samples;
}

function keyOf(level: number, name: string): string {
  return `${level} ${name}`;
}

function toSample(result: LoadResult, messagesEach: number): Sample {
  const { answersInTime, answers, refused, seconds, p50Ms, p99Ms, busy } = result;
  const rate = answersInTime / seconds;
  const refusedPercent = (100 * refused) / Math.max(answers + refused, 1);
  const busyPercent = 100 * busy;
  return { rate, messageRate: rate * messagesEach, refusedPercent, p50Ms, p99Ms, busyPercent };
}

function report(
  contest: Race,
  contenders: readonly Contender[],
  samples: Samples,
  options: BenchOptions,
): string {
  const { name: bench, details, levelName, levels, base, goals } = contest;
  const rows = levels.flatMap((level) =>
    contenders.map(({ name }) => {
      const key = keyOf(level, name);
      const perSend = samples.spread(key, 'messagesPerSend');
      return [
        level,
        name,
        whole(samples.spread(key, 'rate')),
        whole(samples.spread(key, 'messageRate')),
        precise(samples.spread(key, 'p50Ms')),
        precise(samples.spread(key, 'p99Ms')),
        `${whole(samples.spread(key, 'refusedPercent'))} %`,
        Number.isNaN(perSend.middle) ? '' : precise(perSend),
        withSpread(samples.ratio(key, keyOf(level, base), 'rate')),
        `${whole(samples.spread(key, 'busyPercent'))} %`,
      ];
    }),
  );
  const ratioAt: RatioAt = (level, name, other) =>
    samples.ratio(keyOf(level, name), keyOf(level, other), 'rate').middle;
  return [
    circumstances(bench, options, details),
    '',
    table([levelName, 'server', ...COLUMNS, `of ${base}`, 'load busy'], rows),
    '',
    verdicts(goals(ratioAt)),
  ].join('\n');
}

const COLUMNS = [
  'requests/s',
  'messages/s',
  'p50 ms',
  'p99 ms',
  'refused',
  'messages per broker request',
];
