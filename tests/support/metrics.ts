import type { App } from '../../src/app.ts';

/** Series with their labels as Prometheus shows them → value. */
export type Series = ReadonlyMap<string, number>;

/** What a Prometheus would fetch from the gateway now. */
export async function scrape({ metricsPort }: App): Promise<Series> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  const lines = (await response.text()).split('\n');
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))] as const;
      }),
  );
}
