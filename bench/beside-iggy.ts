import { IGGY, IggyHttpApi } from './iggy-http.ts';
import type { BenchOptions } from './options.ts';
import type { Contender, Entry } from './race.ts';
import type { Goal } from './table.ts';

/** Iggy's own HTTP API as one more contender, where it is to be put beside; `ready` makes it measure. */
export async function iggyContender(
  { add }: Entry,
  { iggyHttp }: BenchOptions,
  ready: (api: IggyHttpApi) => Contender['measure'] | Promise<Contender['measure']>,
): Promise<Contender[]> {
  if (iggyHttp === undefined) return [];
  const api = add(await IggyHttpApi.start(iggyHttp));
  return [{ name: IGGY, measure: await ready(api) }];
}

/** The goal that comes with it. */
export function iggyGoal({ iggyHttp }: BenchOptions, goal: () => Goal): Goal[] {
  return iggyHttp === undefined ? [] : [goal()];
}
