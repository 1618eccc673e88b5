import { onTestFinished } from 'vitest';

import { type App, type AppOptions, startApp } from '../../src/app.ts';
import type { AppFailure } from '../../src/app-failure.ts';
import { type Config, parseConfig } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/read-settings.ts';
import type { ClientEvent } from '../../src/iggy-client/index.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { checkedFetch } from './check-answer.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeIggy } from './fake-iggy.ts';
import { HOT_PATH } from './hot-path.ts';

export interface TestApp {
  app: App;
  client: FakeIggy;
  clock: FakeClock;
  url: string;
  /** Ends the program as the loss of its broker would. */
  fail: (failure: AppFailure) => void;
  /** Lets something happen to the connection, as the client would tell it. */
  happen: (event: ClientEvent) => void;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface TestAppOptions extends Partial<Omit<AppOptions, 'config' | 'link'>> {
  env?: Environment;
  client?: FakeIggy;
  clock?: FakeClock;
}

/** The settings a test starts from: nothing is bound to a fixed port or written to a disk. */
export function testConfig(env: Environment = {}): Config {
  return parseConfig({
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    RATE_LIMIT_RPS: '0',
    EMBEDDED_BROKER_PORT: '0',
    EMBEDDED_BROKER_DATA_DIR: ':memory:',
    SHUTDOWN_DELAY_MS: '0',
    ...env,
  });
}

/** The whole gateway but its broker, on a clock that stands still. Stopped when the test ends. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { env, client = new FakeIggy(), clock = new FakeClock(), log = silentLogger } = options;
  const { metricsOnAnyPort = false, hotPath = HOT_PATH } = options;
  let fail: (failure: AppFailure) => void = () => {};
  let happen: TestApp['happen'] = () => {};
  const app = await startApp({
    config: testConfig(env),
    clock,
    log,
    version: options.version ?? '1.2.3',
    metricsOnAnyPort,
    hotPath,
    link: async (linkOptions) => {
      ({ fail, onEvent: happen = happen } = linkOptions);
      return { client, description: 'fake broker', stop: () => client.stop() };
    },
  });
  onTestFinished(async () => {
    const stopped = app.stop();
    await clock.advance(60_000);
    await stopped;
  });
  await clock.settle();
  client.forgetCalls();

  const url = `http://127.0.0.1:${app.port}`;
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    checkedFetch(url + path, init);
  return {
    app,
    client,
    clock,
    url,
    fail: (failure) => fail(failure),
    happen: (event) => happen(event),
    fetch: request,
    post: (path, body, headers = {}) =>
      request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}
