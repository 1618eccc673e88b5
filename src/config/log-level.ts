import type { Values } from './read-settings.ts';

/** As the log library names them. */
export type LogLevel = NonNullable<Values['logLevel']>;

const LEVELS = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
} as const;

type RustLogLevel = (typeof LEVELS)[keyof typeof LEVELS] | 'silent';

export interface RustLog {
  level: RustLogLevel;
  /** The directives that mean nothing here. */
  ignored: readonly string[];
}

/** The level in force, and what the operator should know of it. */
export function chooseLogLevel({ logLevel, rustLog }: Pick<Values, 'logLevel' | 'rustLog'>): {
  level: LogLevel;
  notices: readonly string[];
} {
  if (logLevel !== undefined) return { level: logLevel, notices: [] };
  const { level, ignored } = parseRustLog(rustLog ?? '');
  const notices = ignored.map((directive) => `RUST_LOG: "${directive}" means nothing here`);
  return { level, notices };
}

/**
 * `info,iggy_sample=debug`: the bare level is taken, the last one if there are several; directives for
 * single modules of the original have nothing to apply to (http-contract §5).
 */
export function parseRustLog(text: string): RustLog {
  const directives = text
    .split(',')
    .map((directive) => directive.trim())
    .filter((directive) => directive !== '');
  const levels = directives.map((directive) => toLevel(directive.toLowerCase()));
  return {
    level: levels.findLast((level) => level !== undefined) ?? 'info',
    ignored: directives.filter((_, index) => levels[index] === undefined),
  };
}

function toLevel(word: string): RustLogLevel | undefined {
  if (word === 'off') return 'silent';
  return Object.values(LEVELS).find((level) => level === word);
}
