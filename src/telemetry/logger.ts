import pino from 'pino';

import { systemClock } from '../utils/clock.ts';
import { fileOutput, LogDestination } from './log-destination.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** What the program knows of its log. An error goes into the field `err`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
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
    return wrap(pino({ level, base: null }, terminal), () => undefined);
  }

  const destination = new LogDestination(fileOutput(STANDARD_OUTPUT), systemClock);
  return wrap(pino(jsonOptions(level), destination), () => destination.flushSync());
}

/** Nobody listens. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
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

function wrap(logger: pino.Logger, flush: () => void): Logger {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    fatal: (message, fields = {}) => logger.fatal(fields, message),
    flush,
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
