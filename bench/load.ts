import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { LOAD_CPU, spawnNode } from './processes.ts';

const AUTOCANNON = fileURLToPath(import.meta.resolve('autocannon'));

export interface Load {
  url: string;
  connections: number;
  seconds: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/**
 * Posts the body over and over, in a process of its own, and returns the answers per second.
 *
 * @throws Error if a single answer was not 2xx.
 */
export async function measure({ url, connections, seconds, headers, body }: Load): Promise<number> {
  const args = [AUTOCANNON, '-j', '-n', '-m', 'POST', '-c', `${connections}`, '-d', `${seconds}`];
  for (const [name, value] of Object.entries(headers)) args.push('-H', `${name}=${value}`);
  const child = spawnNode(LOAD_CPU, [...args, '-b', body, url], ['ignore', 'pipe', 'ignore']);
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
