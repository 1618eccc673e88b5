import { BareServer } from './bare.ts';
import { Gateway, type Sent } from './gateway.ts';
import { type Load, withLoad } from './load.ts';
import type { LoadResult } from './load-run.ts';
import type { BenchOptions } from './options.ts';
import { eventText } from './requests.ts';
import { inRounds } from './rounds.ts';
import { type Sample, Samples } from './samples.ts';
import { type Stoppable, stopping } from './stopping.ts';
import { brokerOf, circumstances, precise, table, verdicts, whole, withSpread } from './table.ts';
import { withDirectory } from './temporary.ts';

const EVENT_BYTES = 300;

/** Rows of the table. */
const FEW = 'few connections';
const MANY = 'many connections';
const TOPICS = 'few connections, idle topics beside';
const PARTITIONS = 'few connections, idle partitions beside';
const HALF = 'half the load of few connections';
const BARE_FEW = 'bare node:http, few connections';
const BARE_MANY = 'bare node:http, many connections';

interface Row {
  readonly name: string;
  /** The row whose cost this one's is told as a multiple of. */
  readonly base: string;
  measure(seconds: number): Promise<Sample>;
}

/** What a message costs when connections, topics and partitions are many; and how it is at half load. */
export function benchScale(options: BenchOptions): Promise<string> {
  return withDirectory((directory) =>
    withLoad((load) => {
      const started: Stoppable[] = [];
      return stopping(started, async () => {
        const rows = await start(load, directory, options, started);
        for (const row of rows) await row.measure(options.warmupSeconds);
        const samples = new Samples();
        await inRounds(rows, options.rounds, async (row) => {
          samples.add(row.name, await row.measure(options.seconds));
        });
        return report(rows, samples, options);
      });
    }),
  );
}

async function start(
  load: Load,
  directory: string,
  options: BenchOptions,
  started: Stoppable[],
): Promise<Row[]> {
  const { connectionString, connections } = options;
  const many = options.quick ? connections * 2 : 1000;
  const newGateway = async (): Promise<Gateway> => {
    const gateway = await Gateway.start({ directory, connectionString });
    started.push(gateway);
    return gateway;
  };
  const bare = await BareServer.start();
  started.push(bare);
  const plain = await newGateway();
  const topics = await newGateway();
  const partitions = await newGateway();
  const idle = options.quick ? 10 : 1000;
  await touch(topics, idle, 1);
  await touch(partitions, 1, idle);

  let fullRate = 0;
  function full(gateway: Gateway, count: number): Row['measure'] {
    return async (seconds) => {
      const job = { path: '/messages', body: bodyOf, connections: count, seconds };
      const sample = toSample(await gateway.send(load, job));
      if (count === connections && gateway === plain) fullRate = sample.rate;
      return sample;
    };
  }
  return [
    { name: FEW, base: FEW, measure: full(plain, connections) },
    {
      name: HALF,
      base: FEW,
      async measure(seconds) {
        const pace = { connections, seconds, ratePerSec: fullRate / 2 };
        return toSample(await plain.send(load, { path: '/messages', body: bodyOf, ...pace }));
      },
    },
    { name: MANY, base: FEW, measure: full(plain, many) },
    { name: TOPICS, base: FEW, measure: full(topics, connections) },
    { name: PARTITIONS, base: FEW, measure: full(partitions, connections) },
    { name: BARE_FEW, base: BARE_FEW, measure: parsing(bare, load, connections) },
    { name: BARE_MANY, base: BARE_FEW, measure: parsing(bare, load, many) },
  ];
}

/** What connections cost Node itself: the same body, parsed and answered. */
function parsing(bare: BareServer, load: Load, connections: number): Row['measure'] {
  return async (seconds) => {
    const before = await bare.usage();
    const result = await bare.parse(load, bodyOf('00000000'), { connections, seconds });
    const after = await bare.usage();
    const cpu = (after.cpuMicros - before.cpuMicros) / (after.posts - before.posts);
    return { ...timesOf(result), cpu };
  };
}

function bodyOf(prefix: string): string {
  return `{"event":${eventText(prefix, EVENT_BYTES)}}`;
}

/** Makes topics with so many partitions each, beside the busy one, and uses every partition once. */
async function touch(gateway: Gateway, topics: number, partitionsCount: number): Promise<void> {
  const { host, port, headers } = gateway.target;
  const stream = `${gateway.place.stream}-idle`;
  const body = bodyOf('00000000');
  for (let topic = 0; topic < topics; topic += 1) {
    const place = { stream, topic: `idle-${topic}`, partitionsCount };
    if (topic === 0) await gateway.addPlace(place);
    else await gateway.view.createTopic(place);
    const url = `http://${host}:${port}/streams/${stream}/topics/${place.topic}/messages`;
    for (let partition = 0; partition < partitionsCount; partition += 1) {
      const type = { 'Content-Type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...type }, body });
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    }
  }
}

function toSample(sent: Sent): Sample & { readonly rate: number } {
  const { cpuMicrosPerMessage, messagesPerSend } = sent;
  return { ...timesOf(sent), cpu: cpuMicrosPerMessage, perSend: messagesPerSend };
}

function timesOf({ answersInTime, seconds, p50Ms, p99Ms }: LoadResult) {
  return { rate: answersInTime / seconds, p50Ms, p99Ms, tail: p99Ms / p50Ms };
}

function report(rows: readonly Row[], samples: Samples, options: BenchOptions): string {
  const cells = rows.map(({ name, base }) => [
    name,
    whole(samples.spread(name, 'rate')),
    precise(samples.spread(name, 'p50Ms')),
    precise(samples.spread(name, 'p99Ms')),
    withSpread(samples.spread(name, 'tail')),
    base === FEW ? precise(samples.spread(name, 'perSend')) : '',
    withSpread(samples.spread(name, 'cpu')),
    withSpread(samples.ratio(name, base, 'cpu')),
  ]);
  const [many, idle] = options.quick ? [options.connections * 2, 10] : [1000, 1000];
  const details =
    `few connections are ${options.connections}, many ${many}, idle ${idle}; ` +
    `events of ${EVENT_BYTES} bytes, ${brokerOf(options)}`;
  const cost = (name: string): number => samples.ratio(name, FEW, 'cpu').middle;
  return [
    circumstances('scale', options, details),
    '',
    table(['load', 'requests/s', 'p50 ms', 'p99 ms', 'p99 / p50', ...COLUMNS], cells),
    '',
    verdicts([
      {
        what: 'p99 of p50 at half load',
        measured: samples.spread(HALF, 'tail').middle,
        atMost: 3,
      },
      { what: `CPU a message, ${MANY}`, measured: cost(MANY), atMost: 1.2 },
      { what: `CPU a message, ${TOPICS}`, measured: cost(TOPICS), atMost: 1.2 },
      { what: `CPU a message, ${PARTITIONS}`, measured: cost(PARTITIONS), atMost: 1.2 },
    ]),
  ].join('\n');
}

const COLUMNS = ['messages per broker request', 'CPU, µs a message', 'of few connections'];
