import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems hand out by themselves: nobody else gets it while its owner is restarted. */
const FIRST = 20_000;
const COUNT = 10_000;

/** A port of the loopback that a test may listen on, leave and come back to. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]).catch(() => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
