import { randomUUID } from 'node:crypto';

import { onTestFinished } from 'vitest';

import { startApp } from '../../src/app.ts';
import type { Environment } from '../../src/config/read-settings.ts';
import { type Address, parseConnectionString } from '../../src/iggy-client/index.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import type { Clock } from '../../src/utils/clock.ts';
import { ROOT } from './broker-client.ts';
import { checkedFetch } from './check-answer.ts';
import { FakeClock } from './fake-clock.ts';
import { type FaultyLink, startFaultyLink } from './faulty-link.ts';
import { HOT_PATH } from './hot-path.ts';
import { startTestBroker } from './start-broker.ts';
import { testConfig } from './start-app.ts';

export interface LinkedGateway {
  link: FaultyLink;
  url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface LinkedOptions {
  clock: Clock;
  env?: Environment;
  /** Of the connection string: `key=value&key=value`. */
  connection?: string;
}

/** Background tasks that would put bytes of their own on the link. */
const QUIET: Environment = {
  HEALTH_CHECK_INTERVAL_SECS: '86400',
  STATS_CACHE_TTL_SECS: '86400',
  METADATA_TTL_SECS: '86400',
};

/** Longer than any deadline of a stop. */
const STOP_MS = 60_000;

/**
 * The whole gateway with a faulty link to its broker, which is the embedded one, or the one of this
 * machine that IGGY_CONNECTION_STRING names. Everything is stopped when the test ends.
 */
export async function startLinkedGateway(options: LinkedOptions): Promise<LinkedGateway> {
  const { clock, env, connection } = options;
  const broker = await findBroker();
  const link = await startFaultyLink(broker.address.port);
  const app = await startApp({
    config: testConfig({
      IGGY_CONNECTION_STRING:
        `iggy://${broker.credentials}@127.0.0.1:${link.port}` +
        (connection === undefined ? '' : `?${connection}`),
      IGGY_STREAM: `default-${randomUUID()}`,
      ...QUIET,
      ...env,
    }),
    clock,
    log: silentLogger,
    version: '0.0.0-test',
    hotPath: HOT_PATH,
  });
  onTestFinished(async () => {
    const stopped = app.stop();
    if (clock instanceof FakeClock) await clock.advance(STOP_MS);
    await stopped;
  });
  const url = `http://127.0.0.1:${app.port}`;
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    checkedFetch(url + path, init);
  return {
    link,
    url,
    fetch: request,
    post: (path, body, headers = {}) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
  };
}

async function findBroker(): Promise<{ address: Address; credentials: string }> {
  const given = process.env['IGGY_CONNECTION_STRING'];
  if (!given) {
    const { port } = await startTestBroker();
    return {
      address: { host: '127.0.0.1', port },
      credentials: `${ROOT.username}:${ROOT.password}`,
    };
  }
  const { addresses, credentials } = parseConnectionString(given);
  const [address] = addresses;
  if (address === undefined) throw new Error('IGGY_CONNECTION_STRING names no broker');
  return {
    address,
    credentials:
      'token' in credentials
        ? credentials.token
        : `${credentials.username}:${credentials.password}`,
  };
}
