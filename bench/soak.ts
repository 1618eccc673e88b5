import { setTimeout as delay } from 'node:timers/promises';

import { Gateway, type Sent } from './gateway.ts';
import type { Usage } from './gateway-process.ts';
import { withLoad } from './load.ts';
import type { BenchOptions } from './options.ts';
import { eventText } from './requests.ts';
import { median, slope } from './samples.ts';
import { stopping } from './stopping.ts';
import { brokerOf, machine, table, verdicts } from './table.ts';
import { withDirectory } from './temporary.ts';

const EVENT_BYTES = 300;
const LOAD_SHARE = 0.7;
const SAMPLE_MS = 1000;
/** What happens before this is the start; of a short soak, its first third. */
const SETTLED_SECONDS = 60;
const ROWS = 10;
const MIB = 1024 * 1024;

interface Moment extends Usage {
  /** Since the load began. */
  readonly seconds: number;
}

/** A long time at 70 % of what is possible: does memory grow, does the event loop fall behind? */
export function benchSoak(options: BenchOptions): Promise<string> {
  const { connections, connectionString, warmupSeconds, soakSeconds } = options;
  return withDirectory((directory) =>
    withLoad(async (load) => {
      const gateway = await Gateway.start({ directory, connectionString });
      return stopping([gateway], async () => {
        const sending = { path: '/messages', body: bodyOf, connections };
        await gateway.send(load, { ...sending, seconds: warmupSeconds });
        const full = await gateway.send(load, { ...sending, seconds: options.seconds });
        const fullRate = full.answersInTime / full.seconds;
        const ratePerSec = LOAD_SHARE * fullRate;
        const over = new AbortController();
        const watching = watch(gateway, over.signal);
        const sent = await gateway.send(load, { ...sending, seconds: soakSeconds, ratePerSec });
        over.abort();
        return report(await watching, sent, fullRate, options);
      });
    }),
  );
}

function bodyOf(prefix: string): string {
  return `{"event":${eventText(prefix, EVENT_BYTES)}}`;
}

async function watch(gateway: Gateway, over: AbortSignal): Promise<Moment[]> {
  const startMs = performance.now();
  const moments: Moment[] = [];
  while (!over.aborted) {
    await delay(SAMPLE_MS, undefined, { signal: over }).catch(() => {});
    if (over.aborted) break;
    const usage = await gateway.usage();
    moments.push({ ...usage, seconds: (performance.now() - startMs) / 1000 });
  }
  return moments;
}

function report(
  moments: readonly Moment[],
  sent: Sent,
  fullRate: number,
  options: BenchOptions,
): string {
  const { soakSeconds, connections } = options;
  const within = moments.filter(({ seconds }) => seconds <= soakSeconds);
  const settledSeconds = Math.min(SETTLED_SECONDS, soakSeconds / 3);
  const settled = within.filter(({ seconds }) => seconds > settledSeconds);
  const resident = settled.map(({ residentBytes }) => residentBytes);
  const third = Math.ceil(resident.length / 3);
  const points = settled.map(({ seconds, residentBytes }) => ({ x: seconds, y: residentBytes }));
  const trend = (slope(points) * (soakSeconds - settledSeconds)) / median(resident);
  const thirds = median(resident.slice(-third)) / median(resident.slice(0, third)) - 1;
  const circumstances =
    `soak: ${soakSeconds} s at ${100 * LOAD_SHARE} % of ${fullRate.toFixed(0)} requests/s, ` +
    `${connections} connections, events of ${EVENT_BYTES} bytes, ${brokerOf(options)}, ${machine()}.`;
  return [
    circumstances,
    '',
    table(['second', 'RSS MiB', 'heap MiB', 'lag p99 ms', 'lag max ms'], spans(within)),
    '',
    `${sent.messages} messages at ${(sent.answersInTime / sent.seconds).toFixed(0)}/s, all stored; ` +
      `p50 ${sent.p50Ms.toFixed(2)} ms, p99 ${sent.p99Ms.toFixed(2)} ms, slowest ${sent.maxMs.toFixed(2)} ms.`,
    '',
    verdicts([
      {
        what: `growth of RSS after ${settledSeconds.toFixed(0)} s, as a share, by the median slope`,
        measured: trend,
        atMost: 0.05,
      },
      {
        what: 'the same, last third beside the first, medians',
        measured: thirds,
        atMost: 0.05,
      },
    ]),
  ].join('\n');
}

/** The moments in ten spans: medians, of the lateness the worst. */
function spans(moments: readonly Moment[]): string[][] {
  const each = Math.max(1, Math.ceil(moments.length / ROWS));
  const rows: string[][] = [];
  for (let at = 0; at < moments.length; at += each) {
    const span = moments.slice(at, at + each);
    const middle = (what: 'residentBytes' | 'heapBytes'): string =>
      (median(span.map((moment) => moment[what])) / MIB).toFixed(0);
    const worst = (what: 'lagP99Ms' | 'lagMaxMs'): string =>
      Math.max(...span.map((moment) => moment[what])).toFixed(1);
    const until = span.at(-1)?.seconds ?? 0;
    rows.push([
      until.toFixed(0),
      middle('residentBytes'),
      middle('heapBytes'),
      worst('lagP99Ms'),
      worst('lagMaxMs'),
    ]);
  }
  return rows;
}
