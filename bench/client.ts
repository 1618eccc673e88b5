import { randomUUID } from 'node:crypto';

import { Broker } from './broker.ts';
import { BrokerView } from './broker-view.ts';
import type { SendJob, SendReport } from './client-process.ts';
import { stopping } from './stopping.ts';
import type { BenchOptions } from './options.ts';
import { Helper, LOAD_CPU } from './processes.ts';
import { inRounds } from './rounds.ts';
import { Samples } from './samples.ts';
import { brokerOf, circumstances, precise, table, verdicts, whole, withSpread } from './table.ts';
import { withDirectory } from './temporary.ts';

const PAYLOAD_BYTES = 300;
/** As many as the client's sessions by default, and partitions for them to work on side by side. */
const SOCKETS = 4;

const MODES = [
  { mode: 'one after the other', callers: 1, sockets: 1, messagesEach: 1 },
  { mode: '64 at once', callers: 64, sockets: SOCKETS, messagesEach: 1 },
  { mode: 'batches of 100, 16 at once', callers: 16, sockets: SOCKETS, messagesEach: 100 },
] as const;
type Mode = (typeof MODES)[number];

const WHO = {
  bare: 'prepared frames over bare sockets',
  client: 'client library',
} as const;

/** The client library alone, beside sockets that only write and read prepared frames. */
export function benchClient(options: BenchOptions): Promise<string> {
  return withDirectory(async (directory) => {
    const broker = await Broker.start(directory, options.connectionString);
    const helper = new Helper<SendJob, SendReport>(LOAD_CPU, 'client-process.ts');
    const view = new BrokerView(broker.connectionString);
    const stream = `bench-${randomUUID()}`;
    const place = { stream, topic: 'events', partitionsCount: SOCKETS };
    return stopping([{ stop: () => helper.end() }, view, broker], async () => {
      await view.create(place);
      const samples = await compare(options, async (mode, who, seconds) => {
        const { connectionString } = broker;
        const before = await view.ends(place);
        const job = { ...mode, who, connectionString, place, payloadBytes: PAYLOAD_BYTES, seconds };
        const sent = await helper.ask(job);
        await view.check(place, before, { prefix: undefined, messages: sent.messages });
        return sent;
      });
      await view.client.deleteStream(stream, { signal: AbortSignal.timeout(10_000) });
      return report(samples, options);
    });
  });
}

type Measure = (mode: Mode, who: keyof typeof WHO, seconds: number) => Promise<SendReport>;

async function compare(options: BenchOptions, measure: Measure): Promise<Samples> {
  const { rounds, seconds, warmupSeconds } = options;
  const pairs = MODES.flatMap((mode) => WHO_NAMES.map((who) => ({ mode, who })));
  for (const { mode, who } of pairs) await measure(mode, who, warmupSeconds / 2);
  const samples = new Samples();
  await inRounds(pairs, rounds, async ({ mode, who }) => {
    const { messages, messagesInTime, cpuMicros } = await measure(mode, who, seconds);
    const sample = { rate: messagesInTime / seconds, cpu: cpuMicros / messages };
    samples.add(keyOf(mode, who), sample);
  });
  return samples;
}

const WHO_NAMES = ['bare', 'client'] as const;

function keyOf({ mode }: Mode, who: keyof typeof WHO): string {
  return `${mode} ${who}`;
}

function report(samples: Samples, options: BenchOptions): string {
  const rows = MODES.flatMap((mode) =>
    WHO_NAMES.map((who) => {
      const key = keyOf(mode, who);
      const ratio = samples.ratio(key, keyOf(mode, 'bare'), 'rate');
      const cpu = precise(samples.spread(key, 'cpu'));
      return [mode.mode, WHO[who], whole(samples.spread(key, 'rate')), cpu, withSpread(ratio)];
    }),
  );
  const batched = MODES[2];
  const ratio = samples.ratio(keyOf(batched, 'client'), keyOf(batched, 'bare'), 'rate');
  const details = `messages of ${PAYLOAD_BYTES} bytes, up to ${SOCKETS} sockets, ${brokerOf(options)}`;
  return [
    circumstances('client', options, details),
    '',
    table(['sends', 'by', 'messages/s', 'its CPU, µs a message', 'of bare sockets'], rows),
    '',
    verdicts([
      { what: 'in batches of 100, of bare sockets', measured: ratio.middle, atLeast: 0.6 },
    ]),
  ].join('\n');
}
