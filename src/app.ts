import type { Server } from 'node:http';

import Koa from 'koa';

import { AppFailure } from './app-failure.ts';
import { type BrokerLink, linkBroker, type LinkOptions } from './broker-link.ts';
import type { Config } from './config/config.ts';
import { EXIT } from './exit-codes.ts';
import { createGates, type Gates } from './gates.ts';
import { clientAddressBy } from './http/client-ip.ts';
import { createOpenApiDocument } from './http/openapi/document.ts';
import { listenerOf } from './http/listener.ts';
import { createHttpServer, listen } from './http/server.ts';
import type { RequestState } from './http/state.ts';
import type { ClientEvent } from './iggy-client/index.ts';
import { accessLog } from './middleware/access-log.ts';
import { allowOrigins } from './middleware/allow-origins.ts';
import { answerHeaders } from './middleware/answer-headers.ts';
import { checkExpectation } from './middleware/check-expectation.ts';
import { checkHost } from './middleware/check-host.ts';
import { clientAddress } from './middleware/client-address.ts';
import { closeWhileDraining } from './middleware/close-while-draining.ts';
import { cutStalled } from './middleware/cut-stalled.ts';
import { deadline } from './middleware/deadline.ts';
import { finishAnswer } from './middleware/finish-answer.ts';
import { linger } from './middleware/linger.ts';
import { matchAhead } from './middleware/match-ahead.ts';
import { measureRequests } from './middleware/measure-requests.ts';
import { refuseUnmatched } from './middleware/refuse-unmatched.ts';
import { refuseUpgrade } from './middleware/refuse-upgrade.ts';
import { renderProblems } from './middleware/render-problems.ts';
import { requestId } from './middleware/request-id.ts';
import { traceRequests } from './middleware/trace-requests.ts';
import { routes } from './routes.ts';
import { createState, type GatewayState } from './state.ts';
import { checkHealth } from './tasks/check-health.ts';
import { ensureDefaults } from './tasks/ensure-defaults.ts';
import { refreshStats } from './tasks/refresh-stats.ts';
import { TaskGroup } from './tasks/task-group.ts';
import { countConnection, linkTelemetry, type TelemetryLink } from './telemetry-link.ts';
import type { Logger } from './telemetry/logger.ts';
import { type Clock, sleep } from './utils/clock.ts';
import { deferred } from './utils/deferred.ts';

export interface AppOptions {
  config: Config;
  clock: Clock;
  log: Logger;
  version: string;
  /** How to reach a broker; a test may bring its own. */
  link?: (options: LinkOptions) => Promise<BrokerLink>;
  /** Serves metrics on any free port, whatever the settings say: for tests, which share a machine. */
  metricsOnAnyPort?: boolean;
  /** Takes the busy routes past the router: so it is unless told otherwise, for tests. */
  hotPath?: boolean;
  /** Aborted: a start that still waits for the broker ends. */
  signal?: AbortSignal;
}

/** Somebody wanted a stop while the start waited for the broker. Nothing is left running. */
export class StartInterrupted extends Error {
  override readonly name = 'StartInterrupted';
}

export interface App {
  readonly port: number;
  /** Where the metrics are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  /** Which broker is used, in words without credentials. */
  readonly broker: string;
  /** Resolves if the gateway cannot go on; `stop` it then. */
  readonly failed: Promise<AppFailure>;
  /** Reads the file of API keys again, if there is one. If it is broken, the keys stay as they are. */
  readonly reloadKeys: () => void;
  /** Drains, then stops everything that `startApp` started. Idempotent. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the gateway. Does not wait for the broker, unless the settings say so: until it is there,
 * `/ready` tells.
 *
 * @throws AppFailure if a port cannot be bound, the embedded broker cannot start, or the broker that is
 * waited for is given up; StartInterrupted if that wait is ended by `signal`.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, clock, log, version, link: openLink = linkBroker } = options;
  const failure = deferred<AppFailure>();
  const fail = (reason: AppFailure): void => failure.resolve(reason);

  const { metricsOnAnyPort = false } = options;
  const telemetry = await linkTelemetry({ config, clock, version, metricsOnAnyPort });
  const { metrics, metricsPort, tracing } = telemetry;
  const connected = deferred<void>();
  function onEvent(event: ClientEvent): void {
    countConnection(metrics, event);
    if (event.kind === 'connected') connected.resolve();
  }
  const link = await orStop(telemetry, openLink({ config, clock, log, version, fail, onEvent }));
  const state = createState({ config, client: link.client, clock, version, metrics, tracing });
  const gates = createGates({ config, clock, log });
  const listener = listenerOf(createApp(state, options, telemetry, gates));
  const server = createHttpServer(listener, {
    ...config.http,
    onRefused({ code, status, requestId: id }) {
      metrics.refused(code);
      log.info('refused', { status, error: code, request_id: id });
    },
  });
  gates.connections.watch(server);
  if (config.http.startupWait) {
    link.client.start();
    const there = firstConnection(connected.promise, failure.promise, options.signal);
    await orStop(telemetry, orStop(link, there));
  }
  const port = await orStop(telemetry, listenOrStop(server, config, link));

  if (!config.http.startupWait) link.client.start();
  const tasks = new TaskGroup((cause) =>
    fail(new AppFailure(EXIT.software, 'a background task failed', cause)),
  );
  startTasks(tasks, state, options);
  for (const task of gates.tasks) tasks.start(task);

  async function stopAll(): Promise<void> {
    state.lifecycle.drain();
    await sleep(clock, config.http.shutdownDelayMs);
    await closeServer(server, clock, config);
    await tasks.stop();
    await link.stop();
    await telemetry.stop();
  }
  let stopping: Promise<void> | undefined;
  return {
    port,
    metricsPort,
    broker: link.description,
    failed: failure.promise,
    reloadKeys: gates.reloadKeys,
    stop: () => (stopping ??= stopAll()),
  };
}

function startTasks(
  tasks: TaskGroup,
  state: GatewayState,
  { config, clock, log }: AppOptions,
): void {
  const { lifecycle, healthService, statsService } = state;
  const timeoutMs = config.http.operationTimeoutMs;
  tasks.start(
    ensureDefaults({
      ensure: (signal) => state.ensureDefaults(signal),
      lifecycle,
      clock,
      timeoutMs,
      baseDelayMs: config.client.reconnect.baseMs,
      maxDelayMs: config.client.reconnect.maxMs,
      onRefused: (err) => log.error('the default stream and topic cannot be made', { err }),
    }),
  );
  tasks.start(refreshStats({ statsService, clock, intervalMs: config.statsTtlMs / 2, timeoutMs }));
  tasks.start(
    checkHealth({
      healthService,
      clock,
      intervalMs: config.healthCheckIntervalMs,
      timeoutMs: Math.min(timeoutMs, PING_TIMEOUT_MS),
      onSilence: (err) => log.warn('the broker gives no sign of life', { err }),
    }),
  );
}

/** The order of the middleware (http-contract §4): what dresses every answer is outermost. */
function createApp(
  state: GatewayState,
  { config, clock, log, version, hotPath = true }: AppOptions,
  { metrics, tracing }: TelemetryLink,
  gates: Gates,
): Koa<RequestState> {
  const { bodyBytesMax, bodyTimeoutMs, operationTimeoutMs, batchMax, pollCountMax } = config.http;
  const { router, busy } = routes({
    ...state,
    defaultTopic: config.defaults,
    bodyBytesMax,
    batchMax,
    pollCountMax,
    deadline: deadline({ clock, operationTimeoutMs, bodyTimeoutMs }),
    document: config.http.docsEnabled ? createOpenApiDocument({ version, batchMax }) : undefined,
  });

  const app = new Koa<RequestState>();
  app.use(requestId());
  app.use(clientAddress(clientAddressBy(config.gates.trustedProxies)));
  app.use(accessLog({ log, clock }));
  app.use(measureRequests({ metrics, clock }));
  app.use(traceRequests({ tracing, clock }));
  app.use(answerHeaders());
  app.use(
    finishAnswer([
      closeWhileDraining(() => state.lifecycle.phase === 'draining'),
      linger({ clock }),
      cutStalled({ clock, stallTimeoutMs: config.http.stallTimeoutMs }),
    ]),
  );
  app.use(renderProblems({ log }));
  app.use(allowOrigins(config.gates.corsOrigins));
  app.use(checkHost());
  app.use(refuseUpgrade());
  app.use(checkExpectation());
  app.use(gates.middleware);
  if (hotPath) app.use(matchAhead(busy));
  app.use(router.routes());
  app.use(refuseUnmatched());
  // The layers outside of those that render problems have none to be caught.
  app.on('error', (err: unknown) => log.error('a fault of the gateway', { err }));
  return app;
}

/** Nothing that was started may be left running if the rest cannot start. */
async function orStop<T>(started: { stop: () => Promise<void> }, rest: Promise<T>): Promise<T> {
  try {
    return await rest;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** Resolves once the broker is there, and rejects as soon as it is not worth waiting for any more. */
async function firstConnection(
  connected: Promise<void>,
  failed: Promise<AppFailure>,
  signal?: AbortSignal,
): Promise<void> {
  const interrupted = deferred<StartInterrupted>();
  const interrupt = (): void =>
    interrupted.resolve(new StartInterrupted('stopped before the broker was there'));
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted) interrupt();
  const end = await Promise.race([failed, interrupted.promise, connected]);
  signal?.removeEventListener('abort', interrupt);
  if (end instanceof Error) throw end;
}

async function listenOrStop(server: Server, { http }: Config, link: BrokerLink): Promise<number> {
  try {
    return await listen(server, http.host, http.port);
  } catch (cause) {
    await link.stop();
    const where = `${http.host}:${http.port}`;
    throw new AppFailure(EXIT.unavailable, `cannot listen on ${where}`, cause);
  }
}

/** A broker that takes longer for a ping than this is not there for anybody. */
const PING_TIMEOUT_MS = 5000;

/** What a stop has left for hanging up, once the clients have had their time. */
const HANG_UP_RESERVE_MS = 2000;

/** Takes no new connection, lets what is under way end, and cuts what does not. */
async function closeServer(server: Server, clock: Clock, { http }: Config): Promise<void> {
  const patienceMs = http.shutdownTimeoutMs - http.shutdownDelayMs - HANG_UP_RESERVE_MS;
  const timer = clock.after(Math.max(patienceMs, 0), () => server.closeAllConnections());
  await new Promise<void>((resolve) => {
    // Idle connections are closed with it; the others close with their answers.
    server.close(() => resolve());
  });
  timer.cancel();
}
