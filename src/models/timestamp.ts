import { z } from 'zod';

/** The last instant RFC 3339 can write: its years have four digits. */
const MICROS_MAX = 253_402_300_799_999_999n;

/** Microseconds since the Unix epoch as RFC 3339 in UTC: `2026-11-21T02:22:49.123456Z`. */
export function toTimestamp(micros: bigint): string {
  const shown = micros > MICROS_MAX ? MICROS_MAX : micros;
  const milliseconds = new Date(Number(shown / 1000n)).toISOString().slice(0, -1);
  // Joined: a sum would stay in pieces, and cost `JSON.stringify` as much as an answer's whole rest.
  return [milliseconds, String(shown % 1000n).padStart(3, '0'), 'Z'].join('');
}

/** What `toTimestamp` writes, in a schema of an answer. */
export const shownTimestamp = z.string().meta({ format: 'date-time' });
