import { runAutocannon } from './autocannon.ts';
import { BareServer } from './bare.ts';
import { withLoad } from './load.ts';
import type { BenchOptions } from './options.ts';
import { eventText } from './requests.ts';
import { inRounds } from './rounds.ts';
import { Samples } from './samples.ts';
import { stopping } from './stopping.ts';
import { circumstances, table, verdicts, whole, withSpread } from './table.ts';

const EVENT_BYTES = 300;
const OWN = 'the generator of these benches';
const OTHER = 'autocannon';

/** The load generator itself, beside another one, and held to what a server has counted. */
export function benchGenerator(options: BenchOptions): Promise<string> {
  const { connections, rounds, warmupSeconds } = options;
  const body = eventText('', EVENT_BYTES);
  return withLoad(async (load) => {
    const bare = await BareServer.start();
    return stopping([bare], async () => {
      const { host, port } = bare.target;
      const measure = new Map([
        [
          OWN,
          async (seconds: number) => {
            const before = (await bare.usage()).posts;
            const result = await bare.parse(load, body, { connections, seconds });
            const counted = (await bare.usage()).posts - before;
            if (counted !== result.answers) {
              throw new Error(`the server has counted ${counted} requests, not ${result.answers}`);
            }
            return { rate: result.answersInTime / seconds, busy: result.busy };
          },
        ],
        [
          OTHER,
          async (seconds: number) => {
            const url = `http://${host}:${port}/`;
            const rate = await runAutocannon({ url, connections, seconds, body });
            return { rate, busy: Number.NaN };
          },
        ],
      ]);
      for (const run of measure.values()) await run(Math.ceil(warmupSeconds));
      const samples = new Samples();
      await inRounds([...measure], rounds, async ([name, run]) => {
        samples.add(name, await run(Math.ceil(options.seconds)));
      });
      return report(samples, options);
    });
  });
}

function report(samples: Samples, options: BenchOptions): string {
  const rows = [OWN, OTHER].map((name) => {
    const busy = samples.spread(name, 'busy').middle;
    return [
      name,
      whole(samples.spread(name, 'rate')),
      withSpread(samples.ratio(name, OTHER, 'rate')),
      Number.isNaN(busy) ? '' : `${(100 * busy).toFixed(0)} %`,
    ];
  });
  const details = `${options.connections} connections, bodies of ${EVENT_BYTES} bytes to bare node:http`;
  return [
    circumstances('generator', options, details),
    '',
    table(['load by', 'requests/s', `of ${OTHER}`, 'its CPU'], rows),
    '',
    verdicts([
      {
        what: 'the generator has time left beside the fastest server',
        measured: samples.spread(OWN, 'busy').middle,
        atMost: 0.95,
      },
    ]),
  ].join('\n');
}
