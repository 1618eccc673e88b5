import { randomBytes } from 'node:crypto';

import { AppFailure } from './app-failure.ts';
import type { Config } from './config/config.ts';
import { EXIT } from './exit-codes.ts';
import {
  type ClientEvent,
  type ClientEventListener,
  createIggyClient,
  type IggyClient,
  type IggyClientOptions,
} from './iggy-client/index.ts';
import { startOwnBroker } from './own-broker.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Clock } from './utils/clock.ts';
import { endOfTurn } from './utils/end-of-turn.ts';

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
  /** How to start the embedded broker; a test may bring its own. */
  startBroker?: typeof startOwnBroker;
  /** Told of everything that happens to the connection, besides the log. */
  onEvent?: ClientEventListener;
}

/** Only this machine may reach the embedded broker. */
const LOOPBACK = '127.0.0.1';
/**
 * As long as an idle connection may be dead unnoticed, by a ping's period and deadline. It leaves most of
 * a request's time to learn over the next connection what became of it.
 */
const REPLY_DEADLINE_MS = 10_000;
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

  const { username, password, dataDir } = broker;
  const { startBroker = startOwnBroker } = options;
  const settings = {
    host: LOOPBACK,
    port: broker.port,
    dataDirectory: dataDir,
    root: { username, password },
  };
  const running = await startBroker('the embedded broker', settings, options.log);
  const client = createClient(options, {
    addresses: [{ host: LOOPBACK, port: running.port }],
    credentials: { username, password },
  });
  void running.died.then((cause) => {
    options.fail(new AppFailure(EXIT.software, 'the embedded broker died', cause));
    // It does not come back: nobody is to wait for that until the drain ends.
    return client.stop(0);
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

function createClient(
  { config, clock, log, version, fail, onEvent }: LinkOptions,
  target: Pick<IggyClientOptions, 'addresses' | 'credentials' | 'tls'>,
): IggyClient {
  return createIggyClient({
    ...target,
    ...config.client,
    replyDeadlineMs: Math.min(config.http.operationTimeoutMs, REPLY_DEADLINE_MS),
    stopDeadlineMs: CLIENT_STOP_DEADLINE_MS,
    software: { name: 'sluice', version },
    randomBytes,
    clock,
    gather: endOfTurn,
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
    case 'circuit-opened':
      log.warn('the circuit breaker opened: the broker is spared', { reason: event.reason });
      break;
    case 'circuit-half-open':
      log.info('the circuit breaker lets single requests through, to try the broker');
      break;
    case 'circuit-closed':
      log.info('the circuit breaker closed: the broker is well again');
      break;
    case 'circuit-rejected':
    case 'batch-sent':
      // Their requests have lines of their own.
      break;
    case 'gave-up':
      log.error('gave up on the broker', { attempts: event.attempts, reason: event.reason });
      break;
  }
}
