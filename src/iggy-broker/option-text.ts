const NANOS_PER_MICRO = 1000n;
const SECOND = 1_000_000_000n;

/** Spellings of each unit, and its length in nanoseconds. A month is 30.44 days, a year 365.25. */
const DURATION_UNITS: ReadonlyMap<string, bigint> = new Map(
  (
    [
      [['ns', 'nsec'], 1n],
      [['us', 'usec', 'µs'], 1000n],
      [['ms', 'msec'], 1_000_000n],
      [['s', 'sec', 'second', 'seconds'], SECOND],
      [['m', 'min', 'minute', 'minutes'], 60n * SECOND],
      [['h', 'hr', 'hrs', 'hour', 'hours'], 3600n * SECOND],
      [['d', 'day', 'days'], 86_400n * SECOND],
      [['w', 'wk', 'wks', 'week', 'weeks'], 604_800n * SECOND],
      [['M', 'month', 'months'], 2_630_016n * SECOND],
      [['y', 'yr', 'yrs', 'year', 'years'], 31_557_600n * SECOND],
    ] as const
  ).flatMap(([names, nanos]) => names.map((name): [string, bigint] => [name, nanos])),
);

/** A duration as people write it, such as `7 days` or `1h 30m`, in microseconds; undefined if it is none. */
export function parseDuration(text: string): bigint | undefined {
  if (text === '0') return 0n;
  if (!/^(?:\s*\d+\s*\p{L}+)+\s*$/u.test(text)) return undefined;
  let nanos = 0n;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)\s*(\p{L}+)/gu)) {
    const length = DURATION_UNITS.get(unit);
    if (length === undefined) return undefined;
    nanos += BigInt(count) * length;
  }
  return nanos / NANOS_PER_MICRO;
}

const SIZE_PREFIXES = ['', 'K', 'M', 'G', 'T', 'P'];

/**
 * A size as people write it, in bytes: `1048576`, `2 GB` (decimal), `128 MiB` (binary). In any letter
 * case. Undefined if it is none.
 */
export function parseByteSize(text: string): bigint | undefined {
  const [, whole, fraction = '', prefix = '', binary] =
    /^\s*(\d{1,20})(?:\.(\d{1,9}))?\s*([kmgtp]?)(i?)b?\s*$/i.exec(text) ?? [];
  const power = SIZE_PREFIXES.indexOf(prefix.toUpperCase());
  if (whole === undefined || power === -1) return undefined;
  if (binary !== '' && power === 0) return undefined;
  const unit = (binary === '' ? 1000n : 1024n) ** BigInt(power);
  return (BigInt(whole + fraction) * unit) / 10n ** BigInt(fraction.length);
}

export function parseInteger(text: string): bigint | undefined {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : undefined;
}
