import { randomUUID } from 'node:crypto';

import { onTestFinished } from 'vitest';

import { type App, type AppOptions, startApp } from '../../src/app.ts';
import type { Environment } from '../../src/config/read-settings.ts';
import { startBroker } from '../../src/iggy-broker/index.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { sleep, systemClock } from '../../src/utils/clock.ts';
import { ROOT } from './broker-client.ts';
import { checkedFetch } from './check-answer.ts';
import { HOT_PATH } from './hot-path.ts';
import { testConfig } from './start-app.ts';

export interface TestGateway {
  app: App;
  url: string;
  /** Of the broker it uses: the embedded one, or the one that IGGY_CONNECTION_STRING names. */
  connectionString: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends a body as JSON; a string goes as it is. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

/** How often `/ready` is asked while a gateway starts. */
const READY_POLL_MS = 10;
const READY_TRIES_MAX = 2000;

/** The whole product over real sockets. The caller stops it. */
export async function openGateway(
  env: Environment = {},
  options: Pick<AppOptions, 'metricsOnAnyPort'> = {},
): Promise<TestGateway> {
  const { connectionString, stopBroker } = await openBroker();
  const app = await startApp({
    config: testConfig({
      IGGY_CONNECTION_STRING: connectionString,
      // A real server keeps what earlier runs have made.
      IGGY_STREAM: `default-${randomUUID()}`,
      ...env,
    }),
    clock: systemClock,
    log: silentLogger,
    version: '0.0.0-test',
    hotPath: HOT_PATH,
    ...options,
  });
  const url = `http://127.0.0.1:${app.port}`;
  await waitUntilReady(url);

  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    checkedFetch(url + path, init);
  return {
    app,
    url,
    connectionString,
    fetch: request,
    post: (path, body, headers = {}) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async stop() {
      await app.stop();
      await stopBroker();
    },
  };
}

/** The same, stopped when the test ends. */
export async function startGateway(
  env: Environment = {},
  options: Pick<AppOptions, 'metricsOnAnyPort'> = {},
): Promise<TestGateway> {
  const gateway = await openGateway(env, options);
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** A stream of the test's own with a topic `events`: nobody knows what else the broker holds. */
export async function newTopic(
  gateway: TestGateway,
  partitions = 1,
): Promise<{ stream: string; path: string }> {
  const stream = `test-${randomUUID()}`;
  await gateway.post('/streams', { name: stream });
  await gateway.post(`/streams/${stream}/topics`, { name: 'events', partitions });
  return { stream, path: `/streams/${stream}/topics/events` };
}

async function openBroker(): Promise<{
  connectionString: string;
  stopBroker: () => Promise<void>;
}> {
  const given = process.env['IGGY_CONNECTION_STRING'];
  if (given) return { connectionString: given, stopBroker: async () => {} };
  const broker = await startBroker({ port: 0, dataDirectory: ':memory:', root: ROOT });
  return {
    connectionString: `iggy://${ROOT.username}:${ROOT.password}@127.0.0.1:${broker.port}`,
    stopBroker: () => broker.stop(),
  };
}

async function waitUntilReady(url: string): Promise<void> {
  for (let tries = 0; tries < READY_TRIES_MAX; tries += 1) {
    const response = await fetch(`${url}/ready`);
    if (response.ok) return;
    await sleep(systemClock, READY_POLL_MS);
  }
  throw new Error('the gateway did not become ready');
}
