import type { Config } from './config/config.ts';
import type { IggyClient } from './iggy-client/index.ts';
import { consumer } from './services/consumer.ts';
import { ensureDefaults } from './services/defaults.ts';
import { healthService } from './services/health.ts';
import { Lifecycle } from './services/lifecycle.ts';
import { offsetService } from './services/offsets.ts';
import { producer } from './services/producer.ts';
import { statsService } from './services/stats.ts';
import { streamService } from './services/streams.ts';
import { topicService } from './services/topics.ts';
import { TrafficCounter, type TrafficListener } from './services/traffic.ts';
import { type AskBroker, askBrokerWithin } from './services/translate-error.ts';
import type { Tracing } from './telemetry/tracing.ts';
import type { Clock } from './utils/clock.ts';

export interface StateOptions {
  config: Config;
  client: IggyClient;
  clock: Clock;
  version: string;
  /** Told of every send and poll. */
  metrics: TrafficListener;
  tracing: Tracing;
}

export type GatewayState = ReturnType<typeof createState>;

/** What outlives a request: the client, and the services on it with what they count and remember. */
export function createState(options: StateOptions) {
  const { config, client, clock, version, metrics, tracing } = options;
  const lifecycle = new Lifecycle();
  const traffic = new TrafficCounter(metrics);
  const translating = askBrokerWithin({
    phase: () => lifecycle.phase,
    status: () => client.status(),
  });
  const askBroker: AskBroker = (operation, call) =>
    tracing.inBrokerSpan(operation, () => translating(operation, call));
  const streams = streamService({ client, askBroker });
  return {
    client,
    lifecycle,
    streams,
    topics: topicService({ client, askBroker, streams }),
    producer: producer({ client, askBroker, clock, traffic }),
    consumer: consumer({ client, askBroker, clock, traffic }),
    offsets: offsetService({ client, askBroker }),
    healthService: healthService({ client, lifecycle, clock, version }),
    ensureDefaults: (signal: AbortSignal) => ensureDefaults(client, config.defaults, signal),
    statsService: statsService({ client, clock, traffic, ttlMs: config.statsTtlMs }),
  };
}
