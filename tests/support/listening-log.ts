import { type LogFields, type Logger, silentLogger } from '../../src/telemetry/logger.ts';

export interface HeardLine extends LogFields {
  level: string;
  message: string;
}

/** A log that keeps what is said, level by level. */
export function listeningLog(): { log: Logger; lines: HeardLine[] } {
  const lines: HeardLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      // As in a line of JSON.
      const told = Object.entries(fields).filter(([, value]) => value !== undefined);
      lines.push({ level, message, ...Object.fromEntries(told) });
    };
  return {
    log: {
      ...silentLogger,
      debug: at('debug'),
      info: at('info'),
      record: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
    },
    lines,
  };
}
