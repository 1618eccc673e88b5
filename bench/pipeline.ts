import type { ChildProcess } from 'node:child_process';
import path from 'node:path';

import { measure } from './load.ts';
import { CAN_PIN, end, SERVER_CPU, spawnNode } from './processes.ts';

/** What is compared; everything is told as a share of the first. */
const VARIANTS = {
  bare: 'bare node:http, JSON parse, 201',
  koa: 'Koa + router alone',
  pipeline: 'whole pipeline, no auth, limiter, logs',
  gated: 'whole pipeline with auth, limiter, logs',
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

export interface BenchOptions {
  rounds: number;
  seconds: number;
  warmupSeconds: number;
  connections: number;
}

interface Server {
  name: Variant;
  url: string;
  child: ChildProcess;
}

/**
 * Requests a second of the pipeline over a broker that acknowledges at once, beside what Node and Koa
 * do alone: in one run, in rounds, each in another order, as ratios within the same round.
 */
export async function benchPipeline(options: BenchOptions): Promise<string> {
  const servers: Server[] = [];
  try {
    for (const name of NAMES) servers.push(await startServer(name));
    for (const server of servers) await post(server, options.connections, options.warmupSeconds);
    const rounds: Map<Variant, number>[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      const rates = new Map<Variant, number>();
      for (const server of rotate(servers, round)) {
        rates.set(server.name, await post(server, options.connections, options.seconds));
      }
      rounds.push(rates);
    }
    return toTable(rounds, options);
  } finally {
    await Promise.all(servers.map(({ child }) => end(child)));
  }
}

async function startServer(name: Variant): Promise<Server> {
  const file = path.join(import.meta.dirname, 'pipeline-server.ts');
  const child = spawnNode(SERVER_CPU, [file, name], ['ignore', 'ignore', 'inherit', 'ipc']);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: unknown) => {
      const isPort = typeof message === 'object' && message !== null && 'port' in message;
      resolve(isPort ? Number(message.port) : 0);
    });
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
  });
  return { name, url: `http://127.0.0.1:${port}/messages`, child };
}

function post({ url }: Server, connections: number, seconds: number): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-api-key': 'bench-key' };
  return measure({ url, connections, seconds, headers, body: BODY });
}

/** Every server is the first, and the last, equally often. */
function rotate<Item>(items: readonly Item[], by: number): Item[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function toTable(rounds: readonly Map<Variant, number>[], options: BenchOptions): string {
  const lines = NAMES.map((name) => {
    const rates = sorted(rounds.map((round) => round.get(name) ?? 0));
    const ratios = sorted(rounds.map((round) => (round.get(name) ?? 0) / (round.get('bare') ?? 0)));
    const [low = 0, high = 0] = [ratios[0], ratios.at(-1)];
    const spread = `${low.toFixed(2)}-${high.toFixed(2)}`;
    return `| ${VARIANTS[name]} | ${Math.round(middle(rates))} | ${middle(ratios).toFixed(2)} | ${spread} |`;
  });
  const where = CAN_PIN
    ? 'server and load on a CPU each'
    : 'server and load NOT on CPUs of their own';
  return [
    `${options.rounds} rounds of ${options.seconds} s after ${options.warmupSeconds} s of warm-up, ` +
      `${options.connections} connections, body of ${BODY.length} bytes, Node ${process.version}, ${where}`,
    '',
    '| server | requests/s (median) | of bare (median) | min-max |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function middle(values: readonly number[]): number {
  return values[Math.floor(values.length / 2)] ?? 0;
}
