import pino from 'pino';

import { systemClock } from '../utils/clock.ts';
import { fileOutput, LogDestination } from './log-destination.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

type PlainFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** What the program knows of its log. An error goes into the field `err`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  /**
   * The same, at half the cost, for what is written of every request: its fields are plain values, and what is
   * undefined is left out.
   */
  record(message: string, fields: PlainFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  fatal(message: string, fields?: LogFields): void;
  /** Writes out what is buffered, at once. To be called before the process ends. */
  flush(): void;
}

export interface LoggerOptions {
  level: LogLevel;
  /** A terminal: lines for people, if pino-pretty is installed. */
  pretty: boolean;
}

const STANDARD_OUTPUT = 1;

/** A logger to standard output: one JSON object per line, or on a terminal one line for people. */
export async function createLogger({ level, pretty }: LoggerOptions): Promise<Logger> {
  const toTerminal = pretty ? await loadPretty() : undefined;
  if (toTerminal) {
    const terminal = toTerminal({ sync: true, singleLine: true });
    const logger = pino({ level, base: null }, terminal);
    return wrap(logger, {
      record: (message, fields) => logger.info(fields, message),
      flush: () => {},
    });
  }

  const destination = new LogDestination(fileOutput(STANDARD_OUTPUT), systemClock);
  const logger = pino(jsonOptions(level), destination);
  return wrap(logger, {
    record: logger.isLevelEnabled('info') ? recorder(destination) : () => {},
    flush: () => destination.flushSync(),
  });
}

/** Writes what pino would write, without what it can do with objects; the time is written once a millisecond. */
function recorder(destination: LogDestination): Logger['record'] {
  const { isoTime } = pino.stdTimeFunctions;
  let [time, timeMs] = ['', Number.NaN];
  return (message, fields) => {
    const nowMs = Math.floor(systemClock.monotonicMs());
    if (nowMs !== timeMs) [time, timeMs] = [isoTime(), nowMs];
    const rest = JSON.stringify({ ...fields, message }).slice(1);
    destination.write(`{"level":"info"${time},${rest}\n`);
  };
}

/** Nobody listens. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  record: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  flush: () => undefined,
};

function jsonOptions(level: LogLevel): pino.LoggerOptions {
  return {
    level,
    base: null,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
}

function wrap(logger: pino.Logger, rest: Pick<Logger, 'record' | 'flush'>): Logger {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    fatal: (message, fields = {}) => logger.fatal(fields, message),
    ...rest,
  };
}

/** A development tool: a production install does not have it. */
async function loadPretty() {
  try {
    const { PinoPretty } = await import('pino-pretty');
    return PinoPretty;
  } catch {
    return undefined;
  }
}
