import { parseArgs } from 'node:util';

export interface Attack {
  kind: 'attack';
  /** In the order of the list, each once. */
  targets: readonly string[];
  /** Undefined: any. */
  seed: number | undefined;
  seconds: number;
  /** Of a failure that was printed. */
  path: string | undefined;
}

/** What the command line wants: to know how it is used, the names alone, or an attack. */
export type Wish = { kind: 'help' } | { kind: 'list' } | { kind: 'mistake' } | Attack;

const SECONDS = 10;

export const USAGE = `npm run fuzz -- TARGET... [--seed S] [--seconds ${SECONDS}] [--path P]
npm run fuzz -- --list
TARGET is "all", or of`;

/** Understands the arguments, given the names of all targets. */
export function readArguments(args: readonly string[], names: readonly string[]): Wish {
  if (args.length === 0) return { kind: 'help' };
  const parsed = parse(args);
  if (!parsed) return { kind: 'mistake' };

  const { positionals, values } = parsed;
  if (values.list) return { kind: positionals.length === 0 ? 'list' : 'mistake' };
  const seed = values.seed === undefined ? undefined : Number(values.seed);
  const seconds = Number(values.seconds ?? SECONDS);
  const isKnown = (name: string): boolean => name === 'all' || names.includes(name);
  if (
    positionals.length === 0 ||
    !positionals.every(isKnown) ||
    !(seed === undefined || Number.isInteger(seed)) ||
    !(seconds > 0)
  ) {
    return { kind: 'mistake' };
  }
  const isWanted = (name: string): boolean =>
    positionals.includes('all') || positionals.includes(name);
  return { kind: 'attack', targets: names.filter(isWanted), seed, seconds, path: values.path };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: 'boolean' },
        path: { type: 'string' },
        seconds: { type: 'string' },
        seed: { type: 'string' },
      },
    });
  } catch {
    // An option that there is not, or one without its value.
    return undefined;
  }
}
