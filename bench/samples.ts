/** What one measurement of one server gave: numbers by name. */
export type Sample = Readonly<Record<string, number>>;

export interface Spread {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** What was measured, round by round. Ratios are of the same round: the machine changes between rounds. */
export class Samples {
  readonly #samples = new Map<string, Sample[]>();

  add(server: string, sample: Sample): void {
    const samples = this.#samples.get(server) ?? [];
    samples.push(sample);
    this.#samples.set(server, samples);
  }

  spread(server: string, what: string): Spread {
    return spreadOf(this.#values(server, what));
  }

  /** Of one server's number to another's. */
  ratio(server: string, base: string, what: string): Spread {
    const bases = this.#values(base, what);
    return spreadOf(
      this.#values(server, what).map((value, round) => value / (bases[round] ?? Number.NaN)),
    );
  }

  #values(server: string, what: string): number[] {
    return (this.#samples.get(server) ?? []).map((sample) => sample[what] ?? Number.NaN);
  }
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    middle: median(sorted),
    low: sorted[0] ?? Number.NaN,
    high: sorted.at(-1) ?? Number.NaN,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low, high] = [sorted[half - 1], sorted[half]];
  if (high === undefined) return Number.NaN;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** Theil-Sen: the median of all slopes between two points, which outliers do not move. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((from, index) =>
    points
      .slice(index + 1)
      .filter((to) => to.x !== from.x)
      .map((to) => (to.y - from.y) / (to.x - from.x)),
  );
  return median(slopes);
}
