import {
  type BrokerConfig,
  chooseBroker,
  type ClientConfig,
  describeOverrules,
  tuneClient,
} from './broker-config.ts';
import { describeOpenDoors, type GatesConfig, gatesOf } from './gates-config.ts';
import type { ResourceName } from '../models/name.ts';
import { chooseLogLevel, type LogLevel } from './log-level.ts';
import { ConfigError, Problems } from './problems.ts';
import { type Environment, readSettings, type Values } from './read-settings.ts';
import { SETTINGS } from './settings.ts';

/** The settings, checked once. Each part of the program receives only its slice. */
export interface Config {
  readonly http: HttpConfig;
  readonly gates: GatesConfig;
  readonly broker: BrokerConfig;
  readonly client: ClientConfig;
  /** Where messages go that name no stream and topic. */
  readonly defaults: { stream: ResourceName; topic: ResourceName; partitionsCount: number };
  readonly healthCheckIntervalMs: number;
  readonly statsTtlMs: number;
  readonly metrics: MetricsConfig;
  readonly tracing: TracingConfig;
  readonly logLevel: LogLevel;
  /** What the operator should know at the start. */
  readonly notices: readonly string[];
}

interface HttpConfig {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly bodyTimeoutMs: number;
  readonly operationTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly batchMax: number;
  readonly pollCountMax: number;
  readonly docsEnabled: boolean;
  /** The port stays closed until the broker is there for the first time. */
  readonly startupWait: boolean;
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
}

interface MetricsConfig {
  readonly host: string;
  /** 0: no metrics. */
  readonly port: number;
}

interface TracingConfig {
  /** Undefined: no tracing. */
  readonly endpoint: string | undefined;
  readonly serviceName: string;
}

/** Reads all settings from the environment, or throws ConfigError with every problem at once. */
export function parseConfig(env: Environment): Config {
  const problems = new Problems();
  const values = readSettings(SETTINGS, env, problems);
  checkDelays(values, problems);
  checkFrame(values, problems);
  const broker = chooseBroker(values, problems);
  if (problems.lines.length > 0) throw new ConfigError(problems.lines);
  return deepFreeze(toConfig(values, broker));
}

function checkDelays(values: Values, problems: Problems): void {
  const { reconnectBaseDelayMs: baseMs, reconnectMaxDelayMs: maxMs } = values;
  if (baseMs > maxMs && !problems.concern('RECONNECT_BASE_DELAY_MS', 'RECONNECT_MAX_DELAY_MS')) {
    problems.add('RECONNECT_BASE_DELAY_MS', `must not be above RECONNECT_MAX_DELAY_MS (${maxMs})`);
  }
  const { shutdownDelayMs: delayMs, shutdownTimeoutSecs: timeoutSecs } = values;
  if (
    delayMs >= timeoutSecs * 1000 &&
    !problems.concern('SHUTDOWN_DELAY_MS', 'SHUTDOWN_TIMEOUT_SECS')
  ) {
    problems.add('SHUTDOWN_DELAY_MS', `must be below SHUTDOWN_TIMEOUT_SECS (${timeoutSecs} s)`);
  }
}

/**
 * The largest frame of the protocol, its headers, and what each message costs: its header and a trace
 * as user header (iggy-vsr-0.11 §5).
 */
const FRAME_BYTES_MAX = 64 * 1024 * 1024;
const FRAME_HEADERS_BYTES_MAX = 2048;
const MESSAGE_HEADER_BYTES = 48;
const TRACE_HEADER_BYTES = 76;

/** A batch travels in one frame, so whatever is let in must fit into one. */
function checkFrame({ bodyBytesMax, batchMax }: Values, problems: Problems): void {
  const perMessageBytes = MESSAGE_HEADER_BYTES + TRACE_HEADER_BYTES;
  const roomBytes = FRAME_BYTES_MAX - FRAME_HEADERS_BYTES_MAX - perMessageBytes * batchMax;
  if (bodyBytesMax > roomBytes && !problems.concern('MAX_REQUEST_BODY_SIZE', 'BATCH_MAX_SIZE')) {
    problems.add(
      'MAX_REQUEST_BODY_SIZE',
      `must be at most ${roomBytes}, so that ${batchMax} events fit one frame of the protocol`,
    );
  }
}

function toConfig(values: Values, broker: BrokerConfig): Config {
  const { level, notices } = chooseLogLevel(values);
  return {
    http: {
      host: values.host,
      port: values.port,
      bodyBytesMax: values.bodyBytesMax,
      bodyTimeoutMs: values.bodyTimeoutMs,
      operationTimeoutMs: values.operationTimeoutSecs * 1000,
      stallTimeoutMs: values.stallTimeoutMs,
      keepAliveTimeoutMs: values.keepAliveTimeoutMs,
      batchMax: values.batchMax,
      pollCountMax: values.pollCountMax,
      docsEnabled: values.docsEnabled === 'true',
      startupWait: values.startupWait === 'true',
      shutdownDelayMs: values.shutdownDelayMs,
      shutdownTimeoutMs: values.shutdownTimeoutSecs * 1000,
    },
    gates: gatesOf(values),
    broker,
    client: tuneClient(values),
    defaults: {
      stream: values.stream,
      topic: values.topic,
      partitionsCount: values.partitionsCount,
    },
    healthCheckIntervalMs:
      values.connection?.options.heartbeatIntervalMs ?? values.healthCheckIntervalSecs * 1000,
    statsTtlMs: values.statsTtlSecs * 1000,
    metrics: { host: values.metricsHost, port: values.metricsPort },
    tracing: { endpoint: values.traceEndpoint, serviceName: values.traceServiceName },
    logLevel: level,
    notices: [...describeOverrules(values), ...describeOpenDoors(values), ...notices],
  };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
