import { parseArgs } from 'node:util';

/** A server's own HTTP API, to be put beside ours. */
export interface IggyHttp {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

export interface BenchOptions {
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly warmupSeconds: number;
  /** Of the benches that measure at one number of them. */
  readonly connections: number;
  /** How long `soak` lasts. */
  readonly soakSeconds: number;
  /** Only to see that it works: one short round of the smallest of everything. */
  readonly quick: boolean;
  readonly iggyHttp: IggyHttp | undefined;
  /** Of another broker; undefined: an embedded one with a new data directory. */
  readonly connectionString: string | undefined;
}

export const USAGE = `[--rounds 5] [--seconds 4] [--warmup 4] [--connections 64] [--quick]
  [--soak-seconds 600]
  [--against-iggy-http URL [--iggy-http-user iggy] [--iggy-http-password iggy]]
IGGY_CONNECTION_STRING in the environment: the broker to use, instead of the embedded one`;

export interface Arguments {
  readonly names: readonly string[];
  readonly options: BenchOptions;
}

const QUICK_SECONDS = 1;

/** Undefined: they make no sense. */
export function readArguments(args: readonly string[]): Arguments | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        warmup: { type: 'string' },
        connections: { type: 'string', default: '64' },
        'soak-seconds': { type: 'string' },
        quick: { type: 'boolean', default: false },
        'against-iggy-http': { type: 'string' },
        'iggy-http-user': { type: 'string', default: 'iggy' },
        'iggy-http-password': { type: 'string', default: 'iggy' },
      },
    });
    const { quick } = values;
    const numbers = {
      rounds: Number(values.rounds ?? (quick ? 1 : 5)),
      seconds: Number(values.seconds ?? (quick ? QUICK_SECONDS : 4)),
      warmupSeconds: Number(values.warmup ?? (quick ? QUICK_SECONDS : 4)),
      connections: Number(values.connections),
      soakSeconds: Number(values['soak-seconds'] ?? (quick ? 5 : 600)),
    };
    if (!Object.values(numbers).every((value) => value > 0)) return undefined;
    const url = values['against-iggy-http'];
    const { 'iggy-http-user': user, 'iggy-http-password': password } = values;
    const iggyHttp = url === undefined ? undefined : { url, user, password };
    const connectionString = process.env['IGGY_CONNECTION_STRING'] || undefined;
    return { names: positionals, options: { ...numbers, quick, iggyHttp, connectionString } };
  } catch {
    return undefined;
  }
}
