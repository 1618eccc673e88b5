import { PARTITIONS_MAX } from '../validation.ts';
import { apiKeys, keysFile, networks, origins, paths } from './gate-parsers.ts';
import {
  connectionString,
  credential,
  hostName,
  httpUrl,
  integer,
  oneOf,
  plainText,
  resourceName,
  type SettingParser,
} from './parsers.ts';

/** One environment variable. */
export interface Setting<Value> {
  readonly variable: string;
  /** As it would stand in the environment; absent: the setting has no value unless it is set. */
  readonly fallback?: string;
  readonly parse: SettingParser<Value>;
  /** What it does, for people. */
  readonly docs: string;
  /** Its value is never shown, not even when it is wrong. */
  readonly secret?: true;
}

const DAY_SECS = 86_400;
const HOUR_MS = 3_600_000;
const port = integer(0, 65_535);

/** Every setting there is (http-contract §5), by the name the program knows it by. */
export const SETTINGS = {
  host: {
    variable: 'HOST',
    fallback: '0.0.0.0',
    parse: hostName,
    docs: 'Address the gateway listens on.',
  },
  port: {
    variable: 'PORT',
    fallback: '3000',
    parse: port,
    docs: 'Port the gateway listens on; 0: any free one.',
  },
  connection: {
    variable: 'IGGY_CONNECTION_STRING',
    parse: connectionString,
    docs: 'Broker to use, as iggy://user:password@host:port; unset: the embedded broker.',
    secret: true,
  },
  stream: {
    variable: 'IGGY_STREAM',
    fallback: 'sample-stream',
    parse: resourceName,
    docs: 'Stream of the routes that name none. Made at start if missing.',
  },
  topic: {
    variable: 'IGGY_TOPIC',
    fallback: 'events',
    parse: resourceName,
    docs: 'Topic of the routes that name none. Made at start if missing.',
  },
  partitionsCount: {
    variable: 'IGGY_PARTITIONS',
    fallback: '3',
    parse: integer(1, PARTITIONS_MAX),
    docs: 'Partitions of that topic, when it is made.',
  },
  reconnectAttemptsMax: {
    variable: 'MAX_RECONNECT_ATTEMPTS',
    fallback: '0',
    parse: integer(0, 1_000_000),
    docs: 'Failed attempts in a row after which the process ends with 69; 0: never.',
  },
  reconnectBaseDelayMs: {
    variable: 'RECONNECT_BASE_DELAY_MS',
    fallback: '1000',
    parse: integer(1, HOUR_MS),
    docs: 'Wait after the first failed attempt, at least 100 ms; it doubles from there.',
  },
  reconnectMaxDelayMs: {
    variable: 'RECONNECT_MAX_DELAY_MS',
    fallback: '30000',
    parse: integer(1, HOUR_MS),
    docs: 'Longest wait between two attempts.',
  },
  healthCheckIntervalSecs: {
    variable: 'HEALTH_CHECK_INTERVAL_SECS',
    fallback: '30',
    parse: integer(1, DAY_SECS),
    docs: 'How often the broker is asked for a sign of life.',
  },
  operationTimeoutSecs: {
    variable: 'OPERATION_TIMEOUT_SECS',
    fallback: '30',
    parse: integer(1, DAY_SECS),
    docs: 'Longest a request may take. X-Request-Timeout can only shorten it.',
  },
  breakerFailureThreshold: {
    variable: 'CIRCUIT_BREAKER_FAILURE_THRESHOLD',
    fallback: '5',
    parse: integer(1, 1_000_000),
    docs: 'Failures of the broker in a row after which requests are answered 503 at once.',
  },
  breakerSuccessThreshold: {
    variable: 'CIRCUIT_BREAKER_SUCCESS_THRESHOLD',
    fallback: '2',
    parse: integer(1, 1_000_000),
    docs: 'Requests that must succeed, one at a time, until all are let through again.',
  },
  breakerOpenDurationSecs: {
    variable: 'CIRCUIT_BREAKER_OPEN_DURATION_SECS',
    fallback: '30',
    parse: integer(1, DAY_SECS),
    docs: 'How long a failing broker is spared before a request tries it, if it does not come back before.',
  },
  statsTtlSecs: {
    variable: 'STATS_CACHE_TTL_SECS',
    fallback: '5',
    parse: integer(1, DAY_SECS),
    docs: 'Age at which the totals of /stats are called stale.',
  },
  batchMax: {
    variable: 'BATCH_MAX_SIZE',
    fallback: '1000',
    parse: integer(1, 100_000),
    docs: 'Events in one batch.',
  },
  pollCountMax: {
    variable: 'POLL_MAX_COUNT',
    fallback: '100',
    parse: integer(1, 100_000),
    docs: 'Messages in one page. Who asks for more gets this many.',
  },
  bodyBytesMax: {
    variable: 'MAX_REQUEST_BODY_SIZE',
    fallback: '10485760',
    parse: integer(1, 64_000_000),
    docs: 'Bytes in a request body.',
  },
  bodyTimeoutMs: {
    variable: 'REQUEST_BODY_TIMEOUT_MS',
    fallback: '10000',
    parse: integer(100, HOUR_MS),
    docs: 'Longest a request body may take to arrive.',
  },
  stallTimeoutMs: {
    variable: 'RESPONSE_STALL_TIMEOUT_MS',
    fallback: '60000',
    parse: integer(1000, HOUR_MS),
    docs: 'How long a client may take nothing of its answer before its connection is closed.',
  },
  keepAliveTimeoutMs: {
    variable: 'KEEP_ALIVE_TIMEOUT_MS',
    fallback: '65000',
    parse: integer(1, HOUR_MS),
    docs: 'How long an idle client connection is kept; longer than a load balancer does.',
  },
  rateLimitPerSec: {
    variable: 'RATE_LIMIT_RPS',
    fallback: '100',
    parse: integer(0, 1_000_000),
    docs: 'Requests a second that one client address may send for ever; 0: no limit.',
  },
  rateLimitBurst: {
    variable: 'RATE_LIMIT_BURST',
    fallback: '50',
    parse: integer(1, 1_000_000),
    docs: 'Requests that a rested client may send at once.',
  },
  trustedProxies: {
    variable: 'TRUSTED_PROXIES',
    fallback: '',
    parse: networks,
    docs: 'Proxies, as addresses or networks, whose word on the client address is taken; empty: none.',
  },
  corsOrigins: {
    variable: 'CORS_ALLOWED_ORIGINS',
    fallback: '*',
    parse: origins,
    docs: 'Origins whose pages may use the gateway in a browser, or * for all.',
  },
  apiKeys: {
    variable: 'API_KEY',
    parse: apiKeys,
    docs: 'Key that lets its bearer do everything; several, comma-separated, while rotating. Unset, and no API_KEYS_FILE: no key is needed.',
    secret: true,
  },
  apiKeysFile: {
    variable: 'API_KEYS_FILE',
    parse: keysFile,
    docs: 'File of keys with scopes (docs/security.md), read again when it changes and on SIGHUP.',
  },
  authBypassPaths: {
    variable: 'AUTH_BYPASS_PATHS',
    fallback: '/health,/ready',
    parse: paths,
    docs: 'Paths that need no key, matched exactly. The two probes never need one.',
  },
  inFlightMax: {
    variable: 'MAX_IN_FLIGHT_REQUESTS',
    fallback: '1000',
    parse: integer(1, 1_000_000),
    docs: 'Requests at once, until their answers are taken; more are answered 503.',
  },
  connectionsMax: {
    variable: 'MAX_CONNECTIONS',
    fallback: '4000',
    parse: integer(1, 1_000_000),
    docs: 'Client connections at once; more are answered 503 and closed.',
  },
  loopLagMaxMs: {
    variable: 'MAX_EVENT_LOOP_LAG_MS',
    fallback: '500',
    parse: integer(0, HOUR_MS),
    docs: 'How late the event loop may be for a second before requests are answered 503; 0: not looked at.',
  },
  docsEnabled: {
    variable: 'DOCS_ENABLED',
    fallback: 'true',
    parse: oneOf('true', 'false'),
    docs: 'Whether `/docs` and `/openapi.json` are there, open to everybody.',
  },
  startupWait: {
    variable: 'STARTUP_WAIT_FOR_BROKER',
    fallback: 'false',
    parse: oneOf('true', 'false'),
    docs: 'Whether the port is opened only once the broker is there.',
  },
  shutdownDelayMs: {
    variable: 'SHUTDOWN_DELAY_MS',
    fallback: '500',
    parse: integer(0, HOUR_MS),
    docs: 'How long a stopping gateway still takes new requests.',
  },
  shutdownTimeoutSecs: {
    variable: 'SHUTDOWN_TIMEOUT_SECS',
    fallback: '25',
    parse: integer(1, DAY_SECS),
    docs: 'Longest a stop may take before it is forced.',
  },
  poolSize: {
    variable: 'CONNECTION_POOL_SIZE',
    fallback: '4',
    parse: integer(1, 64),
    docs: 'Connections to the broker, each with one request in flight.',
  },
  batchLingerMs: {
    variable: 'BATCH_LINGER_MS',
    fallback: '0',
    parse: integer(0, 1000),
    docs: 'How long a send waits for others to share its request to the broker.',
  },
  metadataTtlSecs: {
    variable: 'METADATA_TTL_SECS',
    fallback: '30',
    parse: integer(1, DAY_SECS),
    docs: "How long a topic's number of partitions is believed.",
  },
  embeddedBroker: {
    variable: 'EMBEDDED_BROKER',
    fallback: 'auto',
    parse: oneOf('auto', 'on', 'off'),
    docs: 'The broker in this process; auto: when there is no connection string.',
  },
  embeddedBrokerPort: {
    variable: 'EMBEDDED_BROKER_PORT',
    fallback: '8090',
    parse: port,
    docs: 'Loopback port of the embedded broker, for any Iggy client; 0: any free one.',
  },
  embeddedBrokerDataDir: {
    variable: 'EMBEDDED_BROKER_DATA_DIR',
    fallback: './data',
    parse: plainText,
    docs: 'Where the embedded broker keeps its data; :memory: keeps nothing.',
  },
  embeddedBrokerUsername: {
    variable: 'EMBEDDED_BROKER_USERNAME',
    fallback: 'iggy',
    parse: credential(3, 50),
    docs: 'Root user of the embedded broker.',
  },
  embeddedBrokerPassword: {
    variable: 'EMBEDDED_BROKER_PASSWORD',
    fallback: 'iggy',
    parse: credential(3, 100),
    docs: 'Password of that user.',
    secret: true,
  },
  metricsHost: {
    variable: 'METRICS_HOST',
    fallback: '0.0.0.0',
    parse: hostName,
    docs: 'Address the metrics are served on.',
  },
  metricsPort: {
    variable: 'METRICS_PORT',
    fallback: '9090',
    parse: port,
    docs: 'Port of the metrics, for Prometheus; 0: no metrics.',
  },
  traceEndpoint: {
    variable: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    parse: httpUrl,
    docs: 'Base URL of an OpenTelemetry collector (OTLP over HTTP); unset: no tracing.',
    secret: true,
  },
  traceServiceName: {
    variable: 'OTEL_SERVICE_NAME',
    fallback: 'sluice',
    parse: plainText,
    docs: 'What the gateway is called in traces.',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    parse: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    docs: 'Least important log line that is written; default info.',
  },
  rustLog: {
    variable: 'RUST_LOG',
    parse: plainText,
    docs: 'The same in the words of the original, where LOG_LEVEL is not set.',
  },
} as const satisfies Record<string, Setting<unknown>>;
