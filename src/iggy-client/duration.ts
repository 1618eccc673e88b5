/** Milliseconds of each unit the official SDKs' parser knows (humantime, read without regard to case). */
const UNITS_MS: Readonly<Record<string, number>> = {
  ...each(['ns', 'nsec', 'nanos'], 1e-6),
  ...each(['us', 'usec', 'micros'], 1e-3),
  ...each(['ms', 'msec', 'millis'], 1),
  ...each(['s', 'sec', 'secs', 'second', 'seconds'], 1_000),
  ...each(['m', 'min', 'mins', 'minute', 'minutes'], 60_000),
  ...each(['h', 'hr', 'hrs', 'hour', 'hours'], 3_600_000),
  ...each(['d', 'day', 'days'], 86_400_000),
  ...each(['w', 'week', 'weeks'], 604_800_000),
};

function each(names: readonly string[], ms: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, ms]));
}

const ZERO_WORDS: ReadonlySet<string> = new Set(['0', 'unlimited', 'disabled', 'none']);
const PART = /(\d+)\s*([a-z]+)\s*/gy;

/**
 * Milliseconds of a duration as connection strings write it (`500ms`, `1m 30s`; iggy-vsr-0.11 §9), or
 * undefined if it is none.
 */
export function parseDurationMs(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (ZERO_WORDS.has(lower)) return 0;
  let totalMs = 0;
  let readTo = 0;
  for (const [part, count = '', unit = ''] of lower.matchAll(PART)) {
    const unitMs = Object.hasOwn(UNITS_MS, unit) ? UNITS_MS[unit] : undefined;
    if (unitMs === undefined) return undefined;
    totalMs += Number(count) * unitMs;
    readTo += part.length;
  }
  return readTo === lower.length && readTo > 0 && Number.isFinite(totalMs) ? totalMs : undefined;
}
