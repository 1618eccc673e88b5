import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { LOAD_CPU, spawnNode } from './processes.ts';

const AUTOCANNON = fileURLToPath(import.meta.resolve('autocannon'));

export interface AutocannonJob {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly body: string;
}

/**
 * Posts the body over and over with somebody else's load generator, and returns its answers a second.
 *
 * @throws Error if a single answer was not 2xx.
 */
export async function runAutocannon(job: AutocannonJob): Promise<number> {
  const { url, connections, seconds, body } = job;
  const args = ['-j', '-n', '-m', 'POST', '-c', `${connections}`, '-d', `${seconds}`, '-b', body];
  const child = spawnNode(LOAD_CPU, [AUTOCANNON, ...args, url], ['ignore', 'pipe', 'ignore']);
  if (!child.stdout) throw new Error('the load says nothing');
  const result: unknown = JSON.parse(await text(child.stdout));
  const members = new Map<string, unknown>(Object.entries(result ?? {}));

  const count = (name: string): number => Number(members.get(name));
  const faults = count('non2xx') + count('errors') + count('timeouts');
  if (faults !== 0 || !(count('2xx') > 0)) {
    throw new Error(`${url}: ${faults} of ${count('2xx') + faults} answers were not 2xx`);
  }
  return count('2xx') / count('duration');
}
