import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { Router } from '@koa/router';
import Koa from 'koa';

import { startApp } from '../src/app.ts';
import { parseConfig } from '../src/config/config.ts';
import type { SendResult } from '../src/iggy-client/index.ts';
import { createLogger, type Logger, silentLogger } from '../src/telemetry/logger.ts';
import { systemClock } from '../src/utils/clock.ts';
import { tuneHeap } from '../src/utils/heap.ts';
import { FakeIggy } from '../tests/support/fake-iggy.ts';

function serve(name: string): Promise<number> {
  switch (name) {
    case 'bare':
      return listen((request, response) => {
        collect(request, (body) => {
          const event: unknown = JSON.parse(body.toString());
          response.writeHead(201, { 'Content-Type': 'application/json' });
          response.end(JSON.stringify({ success: event !== null }));
        });
      });
    case 'koa':
      return listen(koa());
    case 'pipeline':
      return gateway({ RATE_LIMIT_RPS: '0' }, silentLogger);
    default:
      return gatedGateway();
  }
}

/** Koa and its router alone, with the same work in the handler. */
function koa(): RequestListener {
  const router = new Router();
  router.post('/messages', async (ctx) => {
    const event: unknown = JSON.parse((await buffer(ctx.req)).toString());
    ctx.status = 201;
    ctx.body = { success: event !== null };
  });
  const handle = new Koa().use(router.routes()).callback();
  return (request, response) => void handle(request, response);
}

async function gatedGateway(): Promise<number> {
  const log = await createLogger({ level: 'info', pretty: false });
  const env = { API_KEY: 'bench-key', RATE_LIMIT_RPS: '1000000', RATE_LIMIT_BURST: '1000000' };
  return gateway(env, log);
}

/** Acknowledges at once and remembers nothing. */
class AcknowledgingIggy extends FakeIggy {
  override async send(): Promise<SendResult> {
    return { partitionId: 0, baseOffset: 0n };
  }
}

async function gateway(env: Record<string, string>, log: Logger): Promise<number> {
  tuneHeap();
  const client = new AcknowledgingIggy();
  const app = await startApp({
    config: parseConfig({ HOST: '127.0.0.1', PORT: '0', METRICS_PORT: '0', ...env }),
    clock: systemClock,
    log,
    version: '0.0.0-bench',
    link: async () => ({ client, description: 'stub', stop: () => client.stop() }),
  });
  return app.port;
}

function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function collect(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks)));
}

/** Started by pipeline.ts, which names the variant; tells its port to whoever started it, and ends with it. */
process.on('disconnect', () => process.exit());
const [, , variant = ''] = process.argv;
process.send?.({ port: await serve(variant) });
