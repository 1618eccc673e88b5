import type { Config } from './config/config.ts';
import type { IggyClient } from './iggy-client/index.ts';
import { consumer } from './services/consumer.ts';
import { ensureDefaults } from './services/defaults.ts';
import { healthService } from './services/health.ts';
import { Lifecycle } from './services/lifecycle.ts';
import { producer } from './services/producer.ts';
import { statsService } from './services/stats.ts';
import { streamService } from './services/streams.ts';
import { topicService } from './services/topics.ts';
import { TrafficCounter } from './services/traffic.ts';
import { askBrokerWithin } from './services/translate-error.ts';
import type { Clock } from './utils/clock.ts';

export interface StateOptions {
  config: Config;
  client: IggyClient;
  clock: Clock;
  version: string;
}

export type GatewayState = ReturnType<typeof createState>;

/** What outlives a request: the client, and the services on it with what they count and remember. */
export function createState({ config, client, clock, version }: StateOptions) {
  const lifecycle = new Lifecycle();
  const traffic = new TrafficCounter();
  const askBroker = askBrokerWithin({
    phase: () => lifecycle.phase,
    status: () => client.status(),
  });
  const streams = streamService({ client, askBroker });
  return {
    client,
    lifecycle,
    streams,
    topics: topicService({ client, askBroker, streams }),
    producer: producer({ client, askBroker, clock, traffic }),
    consumer: consumer({ client, askBroker, traffic }),
    healthService: healthService({ client, lifecycle, clock, version }),
    ensureDefaults: (signal: AbortSignal) => ensureDefaults(client, config.defaults, signal),
    statsService: statsService({ client, clock, traffic, ttlMs: config.statsTtlMs }),
  };
}
