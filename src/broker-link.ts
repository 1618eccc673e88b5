import { randomBytes } from 'node:crypto';

import type { EmbeddedBroker } from './config/broker-config.ts';
import type { Config } from './config/config.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { BrokerStartError, startBroker } from './iggy-broker/index.ts';
import {
  type ClientEvent,
  type ClientEventListener,
  createIggyClient,
  type IggyClient,
  type IggyClientOptions,
} from './iggy-client/index.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Clock } from './utils/clock.ts';

/** Why the process cannot go on, and the code it should end with. */
export class AppFailure extends Error {
  override readonly name = 'AppFailure';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** A client, and behind it a broker of somebody else's or our own. */
export interface BrokerLink {
  readonly client: IggyClient;
  /** Which broker it is, in words without credentials. */
  readonly description: string;
  /** Hangs up, then stops the broker if it is ours. */
  stop(): Promise<void>;
}

export interface LinkOptions {
  config: Config;
  clock: Clock;
  log: Logger;
  version: string;
  /** Called when the link is gone for good. */
  fail: (failure: AppFailure) => void;
  /** Told of everything that happens to the connection, besides the log. */
  onEvent?: ClientEventListener;
}

/** Only this machine may reach the embedded broker. */
const LOOPBACK = '127.0.0.1';
/** Requests are drained before the client is stopped: nothing is left to wait for. */
const CLIENT_STOP_DEADLINE_MS = 1000;

/** @throws AppFailure if the embedded broker cannot start. */
export async function linkBroker(options: LinkOptions): Promise<BrokerLink> {
  const { broker } = options.config;
  if (broker.kind === 'remote') {
    const { addresses, credentials, tls } = broker;
    const client = createClient(options, { addresses, credentials, tls });
    const names = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
    return { client, description: `broker at ${names}`, stop: () => client.stop() };
  }

  const running = await startEmbedded(broker);
  void running.died.then((cause) =>
    options.fail(new AppFailure(EXIT.software, 'the embedded broker died', cause)),
  );
  const { username, password, dataDir } = broker;
  const client = createClient(options, {
    addresses: [{ host: LOOPBACK, port: running.port }],
    credentials: { username, password },
  });
  return {
    client,
    description: `embedded broker on ${LOOPBACK}:${running.port}, data in ${dataDir}`,
    async stop() {
      await client.stop();
      await running.stop();
    },
  };
}

async function startEmbedded({ port, dataDir, username, password }: EmbeddedBroker) {
  try {
    return await startBroker({
      host: LOOPBACK,
      port,
      dataDirectory: dataDir,
      root: { username, password },
    });
  } catch (cause) {
    if (!(cause instanceof BrokerStartError)) throw cause;
    const exitCode = cause.reason === 'address-in-use' ? EXIT.unavailable : EXIT.software;
    throw new AppFailure(exitCode, `the embedded broker cannot start: ${cause.message}`, cause);
  }
}

function createClient(
  { config, clock, log, version, fail, onEvent }: LinkOptions,
  target: Pick<IggyClientOptions, 'addresses' | 'credentials' | 'tls'>,
): IggyClient {
  return createIggyClient({
    ...target,
    ...config.client,
    replyDeadlineMs: config.http.operationTimeoutMs,
    stopDeadlineMs: CLIENT_STOP_DEADLINE_MS,
    software: { name: 'sluice', version },
    randomBytes,
    clock,
    onEvent(event) {
      logEvent(log, event);
      onEvent?.(event);
      if (event.kind === 'gave-up') {
        fail(new AppFailure(EXIT.unavailable, `gave up on the broker: ${event.reason}`));
      }
    },
  });
}

function logEvent(log: Logger, event: ClientEvent): void {
  switch (event.kind) {
    case 'connected':
      log.info('connected to the broker', { server_version: event.serverVersion });
      break;
    case 'lost':
      log.warn('lost the broker', { reason: event.reason });
      break;
    case 'session-lost':
      log.warn('lost a session with the broker', { reason: event.reason });
      break;
    case 'reconnecting':
      log.info('the broker is away, trying again', {
        attempts: event.attempts,
        delay_ms: Math.round(event.delayMs),
        reason: event.reason,
      });
      break;
    case 'refused':
      log.error('the broker refuses us, and waiting will not mend it', { reason: event.reason });
      break;
    case 'gave-up':
      log.error('gave up on the broker', { attempts: event.attempts, reason: event.reason });
      break;
  }
}
