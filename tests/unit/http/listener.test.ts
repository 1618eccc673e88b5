import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import Koa from 'koa';
import { expect, onTestFinished, test } from 'vitest';

import { listenerOf } from '../../../src/http/listener.ts';
import type { MiddlewareContext, RequestState } from '../../../src/http/state.ts';

type Answering = (ctx: MiddlewareContext) => void | Promise<void>;

/** Asks an application whose only layer is this one. */
async function ask(answering: Answering, method = 'GET'): Promise<Response> {
  const app = new Koa<RequestState>();
  app.silent = true;
  app.use((ctx) => answering(ctx));
  const server = createServer(listenerOf(app));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo;
  return fetch(`http://127.0.0.1:${port}/`, { method });
}

const text: Answering = (ctx) => {
  ctx.status = 201;
  ctx.body = 'größer';
};

test('a text is answered with its length in bytes', async () => {
  const response = await ask(text);
  expect([response.status, response.headers.get('content-length')]).toEqual([201, '8']);
  expect(await response.text()).toBe('größer');
});

test('bytes are answered as they are', async () => {
  const response = await ask((ctx) => {
    ctx.body = Buffer.from([0, 1, 2]);
  });
  expect(response.status).toBe(200);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(Uint8Array.of(0, 1, 2));
});

test('HEAD is answered with the length of the body, and without it', async () => {
  const response = await ask(text, 'HEAD');
  expect([response.status, response.headers.get('content-length')]).toEqual([201, '8']);
  expect(await response.text()).toBe('');
});

test('an answer without a body has no header that speaks of one', async () => {
  const response = await ask((ctx) => {
    ctx.set('Content-Type', 'application/json');
    ctx.status = 204;
  });
  expect(response.status).toBe(204);
  expect(response.headers.get('content-type')).toBeNull();
  expect(response.headers.get('content-length')).toBeNull();
});

test('what nobody answers is not found', async () => {
  expect((await ask(() => undefined)).status).toBe(404);
});

test.for([
  [
    'at once',
    () => {
      throw new Error('a fault');
    },
  ],
  [
    'later',
    async () => {
      throw new Error('a fault');
    },
  ],
] satisfies [string, Answering][])('a fault, thrown %s, ends in a 500', async ([, faulty]) => {
  expect((await ask(faulty)).status).toBe(500);
});

test('whoever wants to know is told when the answer was written', async () => {
  let written: boolean | undefined;
  await ask((ctx) => {
    ctx.body = 'here';
    ctx.state.whenWritten = () => {
      written = ctx.res.writableEnded;
    };
  });
  expect(written).toBe(true);
});
