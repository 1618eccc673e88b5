import { readFileSync } from 'node:fs';

import {
  type Address,
  type BatchLimits,
  type ConnectionOptions,
  type Credentials,
  DEFAULT_BATCH,
  type IggyClientOptions,
  type TlsOptions,
} from '../iggy-client/index.ts';
import type { Problems } from './problems.ts';
import type { Values } from './read-settings.ts';

interface EmbeddedBroker {
  readonly kind: 'embedded';
  readonly port: number;
  /** `:memory:` keeps nothing. */
  readonly dataDir: string;
  readonly username: string;
  readonly password: string;
}

interface RemoteBroker {
  readonly kind: 'remote';
  readonly addresses: readonly Address[];
  readonly credentials: Credentials;
  readonly tls: TlsOptions | undefined;
}

export type BrokerConfig = EmbeddedBroker | RemoteBroker;

/** How the connection to the broker is kept. */
export interface ClientConfig {
  readonly poolSize: number;
  readonly reconnect: NonNullable<IggyClientOptions['reconnect']>;
  readonly breaker: NonNullable<IggyClientOptions['breaker']>;
  readonly batch: BatchLimits;
  readonly heartbeatIntervalMs: number;
  readonly metadataTtlMs: number;
}

/** A silent broker is found out within this time, however seldom the gateway itself asks. */
const HEARTBEAT_INTERVAL_MAX_MS = 5000;

export function chooseBroker(values: Values, problems: Problems): BrokerConfig {
  const { connection, embeddedBroker } = values;
  if (connection) {
    if (embeddedBroker === 'on') {
      const message = 'is on, but IGGY_CONNECTION_STRING names another broker; unset one of them';
      problems.add('EMBEDDED_BROKER', message);
    }
    const { addresses, credentials, options } = connection;
    return { kind: 'remote', addresses, credentials, tls: readTls(options, problems) };
  }
  if (embeddedBroker === 'off' && !problems.concern('IGGY_CONNECTION_STRING')) {
    const message = 'is off, so IGGY_CONNECTION_STRING must name a broker';
    problems.add('EMBEDDED_BROKER', message);
  }
  return {
    kind: 'embedded',
    port: values.embeddedBrokerPort,
    dataDir: values.embeddedBrokerDataDir,
    username: values.embeddedBrokerUsername,
    password: values.embeddedBrokerPassword,
  };
}

function readTls(
  { tls, tlsDomain, tlsCaFile }: ConnectionOptions,
  problems: Problems,
): TlsOptions | undefined {
  if (!tls) return undefined;
  if (!tlsCaFile) return { domain: tlsDomain };
  try {
    return { domain: tlsDomain, ca: readFileSync(tlsCaFile, 'utf8') };
  } catch {
    problems.add('IGGY_CONNECTION_STRING', 'the file of tls_ca_file cannot be read');
    return { domain: tlsDomain };
  }
}

/** What the connection string says of the connection wins over the variables (http-contract §5). */
export function tuneClient(values: Values): ClientConfig {
  const { reconnectionRetries, reconnectionIntervalMs, heartbeatIntervalMs } =
    values.connection?.options ?? {};
  const baseMs = reconnectionIntervalMs ?? values.reconnectBaseDelayMs;
  const checkIntervalMs = values.healthCheckIntervalSecs * 1000;
  return {
    poolSize: values.poolSize,
    reconnect: {
      baseMs,
      maxMs: Math.max(baseMs, values.reconnectMaxDelayMs),
      attemptsMax: toAttemptsMax(reconnectionRetries) ?? values.reconnectAttemptsMax,
    },
    breaker: {
      failureThreshold: values.breakerFailureThreshold,
      successThreshold: values.breakerSuccessThreshold,
      openDurationMs: values.breakerOpenDurationSecs * 1000,
    },
    batch: { ...DEFAULT_BATCH, lingerMs: values.batchLingerMs },
    heartbeatIntervalMs:
      heartbeatIntervalMs ?? Math.min(checkIntervalMs, HEARTBEAT_INTERVAL_MAX_MS),
    metadataTtlMs: values.metadataTtlSecs * 1000,
  };
}

/** Official SDKs count the repetitions after the first attempt; for us 0 stands for "no end". */
function toAttemptsMax(retries: number | 'unlimited' | undefined): number | undefined {
  if (retries === 'unlimited') return 0;
  return retries === undefined ? undefined : retries + 1;
}

/** Which variables the connection string has overruled, in words for the start of the log. */
export function describeOverrules({ connection }: Values): readonly string[] {
  const { reconnectionRetries, reconnectionIntervalMs, heartbeatIntervalMs } =
    connection?.options ?? {};
  return [
    ...(reconnectionRetries === undefined
      ? []
      : ['reconnection_retries of the connection string overrules MAX_RECONNECT_ATTEMPTS']),
    ...(reconnectionIntervalMs === undefined
      ? []
      : ['reconnection_interval of the connection string overrules RECONNECT_BASE_DELAY_MS']),
    ...(heartbeatIntervalMs === undefined
      ? []
      : ['heartbeat_interval of the connection string overrules HEALTH_CHECK_INTERVAL_SECS']),
  ];
}
