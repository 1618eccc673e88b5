import { AppFailure } from './app-failure.ts';
import type { Config } from './config/config.ts';
import { PROBLEMS } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { type MetricsServer, startMetricsServer } from './http/metrics-server.ts';
import type { ClientEvent } from './iggy-client/index.ts';
import { type Metrics, silentMetrics } from './telemetry/metrics.ts';
import { createPrometheusMetrics } from './telemetry/prometheus.ts';
import { openTracing, type Tracing } from './telemetry/tracing.ts';
import type { Clock } from './utils/clock.ts';
import { stopWithin } from './utils/shutdown.ts';

/** What the gateway tells of itself besides its log, as the settings want it. */
export interface TelemetryLink {
  readonly metrics: Metrics;
  /** Where they are served; undefined: nowhere. */
  readonly metricsPort: number | undefined;
  readonly tracing: Tracing;
  /** Sends the spans that are left, then takes the metrics off. Idempotent. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  config: Config;
  clock: Clock;
  version: string;
  /** Serves metrics whatever the settings say, on any free port. */
  metricsOnAnyPort: boolean;
}

/** The last spans are not worth more of a stop than this; a collector may be away. */
export const TRACE_FLUSH_MS_MAX = 1000;

/** @throws AppFailure if the port of the metrics cannot be bound. */
export async function linkTelemetry(options: TelemetryOptions): Promise<TelemetryLink> {
  const { config, clock, version } = options;
  const served = await serveMetrics(options);
  const tracing = await openTracing({ ...config.tracing, version });

  async function stopAll(): Promise<void> {
    await stopWithin(clock, TRACE_FLUSH_MS_MAX, new Promise(() => undefined), () => tracing.stop());
    await served?.server.stop();
  }
  let stopping: Promise<void> | undefined;
  return {
    metrics: served?.metrics ?? silentMetrics,
    metricsPort: served?.server.port,
    tracing,
    stop: () => (stopping ??= stopAll()),
  };
}

async function serveMetrics({
  config,
  metricsOnAnyPort,
}: TelemetryOptions): Promise<{ metrics: Metrics; server: MetricsServer } | undefined> {
  const { host, port } = config.metrics;
  if (port === 0 && !metricsOnAnyPort) return undefined;
  const metrics = createPrometheusMetrics(Object.keys(PROBLEMS));
  try {
    const server = await startMetricsServer(host, metricsOnAnyPort ? 0 : port, metrics);
    return { metrics, server };
  } catch (cause) {
    const where = `${host}:${port}`;
    throw new AppFailure(EXIT.unavailable, `cannot serve the metrics on ${where}`, cause);
  }
}

/** What of the connection's life is counted, and of its circuit breaker's. */
export function countConnection(metrics: Metrics, event: ClientEvent): void {
  switch (event.kind) {
    case 'connected':
      metrics.connected();
      break;
    case 'lost':
    case 'gave-up':
      metrics.disconnected();
      break;
    case 'circuit-opened':
      metrics.circuitChanged('open');
      break;
    case 'circuit-half-open':
      metrics.circuitChanged('half_open');
      break;
    case 'circuit-closed':
      metrics.circuitChanged('closed');
      break;
    case 'circuit-rejected':
      metrics.circuitRejected(event.state === 'half-open' ? 'half_open' : 'open');
      break;
    case 'batch-sent':
      metrics.batchSent(event.messagesCount);
      break;
    case 'session-lost':
    case 'reconnecting':
    case 'refused':
      break;
  }
}
