import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

import { type Load, withLoad } from './load.ts';
import type { BenchOptions } from './options.ts';
import { end, SERVER_CPU, spawnNode } from './processes.ts';
import { post, type PreparedRequests, type Target } from './requests.ts';
import { inRounds } from './rounds.ts';
import { Samples } from './samples.ts';
import { circumstances, table, verdicts, whole, withSpread } from './table.ts';
import { withDirectory } from './temporary.ts';

/** What is compared; everything is told as a share of the first. */
const VARIANTS = {
  bare: 'bare node:http, JSON parse, 201',
  koa: 'Koa + router alone',
  pipeline: 'whole pipeline, no auth, limiter, logs',
  gated: 'whole pipeline with auth, limiter, access log to a file',
} as const;
type Variant = keyof typeof VARIANTS;
const NAMES = ['bare', 'koa', 'pipeline', 'gated'] as const satisfies readonly Variant[];

const BODY = JSON.stringify({
  event: {
    id: '8a6e0804-2bd0-4672-b79d-d97027f9071a',
    event_type: 'order.created',
    timestamp: '2026-11-21T02:22:49Z',
    payload: { type: 'Generic', data: { text: 'x'.repeat(600), list: [1, 2, 3] } },
  },
});

interface Server {
  readonly name: Variant;
  readonly target: Target;
  readonly requests: PreparedRequests;
  readonly child: ChildProcess;
}

/**
 * Requests a second of the pipeline over a broker that acknowledges at once, beside what Node and Koa
 * do alone: in one run, in rounds, each in another order, as ratios within the same round.
 */
export function benchPipeline(options: BenchOptions): Promise<string> {
  return withDirectory((directory) => withLoad((load) => compare(load, directory, options)));
}

async function compare(load: Load, directory: string, options: BenchOptions): Promise<string> {
  const { connections, seconds, warmupSeconds, rounds } = options;
  const servers: Server[] = [];
  const log = openSync(path.join(directory, 'access.log'), 'a');
  try {
    for (const name of NAMES) servers.push(await startServer(name, log));
    for (const server of servers) await load({ ...server, connections, seconds: warmupSeconds });
    const samples = new Samples();
    await inRounds(servers, rounds, async (server) => {
      const { answersInTime } = await load({ ...server, connections, seconds });
      samples.add(server.name, { rate: answersInTime / seconds });
    });
    return report(samples, options);
  } finally {
    await Promise.all(servers.map(({ child }) => end(child)));
    closeSync(log);
  }
}

async function startServer(name: Variant, log: number): Promise<Server> {
  const file = path.join(import.meta.dirname, 'pipeline-server.ts');
  const child = spawnNode(SERVER_CPU, [file, name], ['ignore', log, 'inherit', 'ipc']);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: unknown) => {
      const isPort = typeof message === 'object' && message !== null && 'port' in message;
      resolve(isPort ? Number(message.port) : 0);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  const target = { host: '127.0.0.1', port, headers: { 'X-API-Key': 'bench-key' } };
  return { name, target, requests: post(target, '/messages', BODY), child };
}

function report(samples: Samples, options: BenchOptions): string {
  const rows = NAMES.map((name) => [
    VARIANTS[name],
    whole(samples.spread(name, 'rate')),
    withSpread(samples.ratio(name, 'bare', 'rate')),
  ]);
  const details = `${options.connections} connections, body of ${BODY.length} bytes, a broker that acknowledges at once`;
  const gated = samples.ratio('gated', 'bare', 'rate');
  return [
    circumstances('pipeline', options, details),
    '',
    table(['server', 'requests/s', 'of bare'], rows),
    '',
    verdicts([
      {
        what: `with auth, limiter and access log, of bare node:http`,
        measured: gated.middle,
        atLeast: 0.45,
      },
    ]),
  ].join('\n');
}
