import { randomUUID } from 'node:crypto';
import path from 'node:path';

import type { BareLogJob } from './bare-log-process.ts';
import { Broker } from './broker.ts';
import { BrokerView, patience } from './broker-view.ts';
import type { LogJob, LogReport } from './log-jobs.ts';
import type { LogLoadJob } from './log-load-process.ts';
import type { BenchOptions } from './options.ts';
import { Helper, LOAD_CPU, SERVER_CPU } from './processes.ts';
import { rotate } from './rounds.ts';
import { Samples } from './samples.ts';
import { stopping } from './stopping.ts';
import { brokerOf, circumstances, type Goal, table, verdicts, whole, withSpread } from './table.ts';
import { withDirectory } from './temporary.ts';

const PAYLOAD_BYTES = 300;
/** There are many measurements, and each is quickly told: it gets this share of the usual time. */
const TIME_SHARE = 1 / 8;

interface Level {
  readonly messagesEach: number;
  readonly connections: number;
}

const LEVELS: readonly Level[] = [1, 10, 100, 1000].flatMap((messagesEach) =>
  [1, 4, 16].map((connections) => ({ messagesEach, connections })),
);
const WARM_UP: Level = { messagesEach: 100, connections: 4 };

type Measure = (what: LogJob['what'], level: Level, seconds: number) => Promise<LogReport>;
type Keepers = Readonly<Record<'broker' | 'bare', Measure>>;

/**
 * The embedded broker's log, beside a loop that writes and reads the same rows of the same file format with
 * bare `node:sqlite`: what the machine can do.
 */
export async function benchBroker(options: BenchOptions): Promise<string> {
  const levels = options.quick ? [WARM_UP] : LEVELS;
  const samples = new Samples();
  for (let round = 0; round < options.rounds; round += 1) {
    // New files for each: one would become larger than many a disk has room for.
    await withKeepers(options, async (keepers) => {
      await measureLevel(keepers, WARM_UP, options.warmupSeconds * TIME_SHARE);
      for (const level of rotate(levels, round)) {
        const reports = await measureLevel(keepers, level, options.seconds * TIME_SHARE);
        for (const [key, sample] of reports) samples.add(key, sample);
      }
    });
  }
  return report(samples, levels, options);
}

async function measureLevel(
  { broker, bare }: Keepers,
  level: Level,
  seconds: number,
): Promise<Map<string, { rate: number; busyPercent: number }>> {
  const reports = new Map<string, { rate: number; busyPercent: number }>();
  for (const what of ['append', 'poll'] as const) {
    for (const [who, measure] of Object.entries({ broker, bare })) {
      const { messages, seconds: took, busy } = await measure(what, level, seconds);
      reports.set(keyOf(what, level, who), { rate: messages / took, busyPercent: 100 * busy });
    }
  }
  return reports;
}

function keyOf(what: string, { messagesEach, connections }: Level, who: string): string {
  return `${what} ${messagesEach} ${connections} ${who}`;
}

function withKeepers(
  { connectionString }: BenchOptions,
  work: (keepers: Keepers) => Promise<void>,
): Promise<void> {
  return withDirectory(async (directory) => {
    const broker = await Broker.start(directory, connectionString);
    const load = new Helper<LogLoadJob, LogReport>(LOAD_CPU, 'log-load-process.ts');
    const bare = new Helper<BareLogJob, LogReport>(SERVER_CPU, 'bare-log-process.ts');
    const view = new BrokerView(broker.connectionString);
    const helpers = [load, bare].map((helper) => ({ stop: () => helper.end() }));
    const stream = `bench-${randomUUID()}`;
    const file = path.join(directory, 'bare.db');
    await stopping([broker, ...helpers, view], async () => {
      await view.client.createStream(stream, patience());
      await work({
        broker: measuring(load, view, stream, broker.connectionString),
        bare: (what, level, seconds) =>
          bare.ask({ what, ...level, payloadBytes: PAYLOAD_BYTES, seconds, file }),
      });
      await view.client.deleteStream(stream, patience());
    });
  });
}

/** Every append goes to a new topic; the poll that follows reads it. Both have to be about what was acknowledged. */
function measuring(
  load: Helper<LogLoadJob, LogReport>,
  view: BrokerView,
  stream: string,
  connectionString: string,
): Measure {
  let place = { stream, topic: '', partitionsCount: 0 };
  return async (what, level, seconds) => {
    if (what === 'append') {
      place = { stream, topic: randomUUID(), partitionsCount: level.connections };
      await view.createTopic(place);
    }
    const job = { what, ...level, payloadBytes: PAYLOAD_BYTES, seconds, connectionString, place };
    const told = await load.ask(job);
    if (what === 'append') {
      const nothing = Array.from({ length: level.connections }, () => 0);
      await view.check(place, nothing, { prefix: undefined, messages: told.messages });
    }
    return told;
  };
}

function report(samples: Samples, levels: readonly Level[], options: BenchOptions): string {
  const shareOf = (what: LogJob['what'], level: Level) =>
    samples.ratio(keyOf(what, level, 'broker'), keyOf(what, level, 'bare'), 'rate');
  const rows = (['append', 'poll'] as const).flatMap((what) =>
    levels.map((level) => {
      const [broker, bare] = [keyOf(what, level, 'broker'), keyOf(what, level, 'bare')];
      return [
        what,
        level.messagesEach,
        level.connections,
        ...[broker, bare].flatMap((key) => [
          whole(samples.spread(key, 'rate')),
          ((samples.spread(key, 'rate').middle * PAYLOAD_BYTES) / 1e6).toFixed(1),
        ]),
        withSpread(shareOf(what, level)),
        `${whole(samples.spread(broker, 'busyPercent'))} %`,
      ];
    }),
  );
  const goals = levels
    .filter(({ messagesEach }) => messagesEach >= 100)
    .map((level): Goal => {
      const { messagesEach, connections } = level;
      const what = `appends in batches of ${messagesEach} over ${connections} connections, of bare`;
      return { what, measured: shareOf('append', level).middle, atLeast: 0.5 };
    });
  const shortened = {
    ...options,
    seconds: options.seconds * TIME_SHARE,
    warmupSeconds: options.warmupSeconds * TIME_SHARE,
  };
  const details = `messages of ${PAYLOAD_BYTES} bytes, a partition for each connection, ${brokerOf(options)}`;
  return [
    circumstances('broker', shortened, details),
    '',
    table(HEAD, rows),
    '',
    verdicts(goals),
  ].join('\n');
}

const HEAD = [
  'what',
  'batch',
  'connections',
  'messages/s',
  'MB/s',
  'bare messages/s',
  'bare MB/s',
  'of bare',
  'load busy',
];
