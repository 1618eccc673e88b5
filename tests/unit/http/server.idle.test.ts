import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';

import { listenerOf } from '../../../src/http/listener.ts';
import { whenClosed } from '../../../src/http/outcome.ts';
import { createHttpServer, listen } from '../../../src/http/server.ts';
import type { RequestState } from '../../../src/http/state.ts';

const CONNECTIONS = 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('a connection on which nothing is asked any more does not keep its last answer', async () => {
  const bodies: WeakRef<Buffer>[] = [];
  const app = new Koa<RequestState>();
  app.use((ctx) => {
    const body = Buffer.alloc(100_000);
    bodies.push(new WeakRef(body));
    whenClosed(ctx, () => void ctx.body);
    ctx.body = body;
  });
  const options = { keepAliveTimeoutMs: 60_000, bodyTimeoutMs: 60_000 };
  const server = createHttpServer(listenerOf(app), options);
  const port = await listen(server, '127.0.0.1', 0);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  await Promise.all(Array.from({ length: CONNECTIONS }, () => read(agent, port)));
  // The end of an answer is told in the next turns.
  await new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
  collectGarbage();
  expect(bodies).toHaveLength(CONNECTIONS);
  // One or the other may still be on the stack.
  expect(bodies.filter((body) => body.deref() !== undefined).length).toBeLessThan(5);
});

function read(agent: Agent, port: AddressInfo['port']): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get({ agent, host: '127.0.0.1', port }, (response) => {
      response.resume().on('end', resolve);
    });
    request.on('error', reject);
  });
}
