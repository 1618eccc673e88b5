import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { listen } from './server.ts';

export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsServer {
  readonly port: number;
  /** Idempotent. */
  stop(): Promise<void>;
}

const PATH = '/metrics';
/** One scraper needs one; a flood must not take what the gateway needs. */
export const METRICS_CONNECTIONS_MAX = 32;
/** A scraper sends its few headers at once. */
const HEADERS_TIMEOUT_MS = 5000;

/**
 * Metrics on a listener of their own, which can be kept from clients (http-contract §1).
 * Rejects with the system's error if the port cannot be bound.
 */
export async function startMetricsServer(
  host: string,
  port: number,
  source: MetricsSource,
): Promise<MetricsServer> {
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: HEADERS_TIMEOUT_MS },
    (request, response) => {
      // A number that cannot be had must not cost the process: the scraper asks again.
      answer(request, response, source).catch(() => response.writeHead(500).end());
    },
  );
  server.maxConnections = METRICS_CONNECTIONS_MAX;
  const bound = await listen(server, host, port);

  async function close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    await closed;
  }
  let stopping: Promise<void> | undefined;
  return { port: bound, stop: () => (stopping ??= close()) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: MetricsSource,
): Promise<void> {
  const [path] = (request.url ?? '').split('?', 1);
  if (path !== PATH) {
    response.writeHead(404).end();
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  } else {
    const page = await source.text();
    // Node leaves the body out where the method is HEAD.
    response.writeHead(200, { 'Content-Type': source.contentType }).end(page);
  }
}
