import { IggyError } from '../iggy-client/errors.ts';
import type { BrokerStats, IggyClient } from '../iggy-client/port.ts';
import type { Stats } from '../models/health.ts';
import type { Clock } from '../utils/clock.ts';
import type { TrafficCounter } from './traffic.ts';

/** The broker's totals as they were a moment ago, so that nobody's request has to wait for them. */
export interface StatsService {
  stats(): Stats;
  /** Asks the broker for new totals. While it is away, or spared, the old ones stay and grow stale. */
  refresh(signal: AbortSignal): Promise<void>;
}

export interface StatsOptions {
  client: IggyClient;
  clock: Clock;
  traffic: TrafficCounter;
  /** Totals older than this are called stale. */
  ttlMs: number;
}

export function statsService({ client, clock, traffic, ttlMs }: StatsOptions): StatsService {
  const startMs = clock.monotonicMs();
  let cache: { totals: BrokerStats; atMs: number } | undefined;

  return {
    stats() {
      const nowMs = clock.monotonicMs();
      // Before the first totals came, what is shown is as old as the process.
      const cacheAgeMs = nowMs - (cache?.atMs ?? startMs);
      return {
        streamsCount: cache?.totals.streamsCount ?? 0,
        topicsCount: cache?.totals.topicsCount ?? 0,
        messagesCount: cache?.totals.messagesCount ?? 0n,
        sizeBytes: cache?.totals.messagesSizeBytes ?? 0n,
        uptimeMs: nowMs - startMs,
        cacheAgeMs,
        cacheStale: cache === undefined || cacheAgeMs > ttlMs,
        ...traffic.snapshot(),
      };
    },

    async refresh(signal) {
      if (client.status().circuit === 'open') return;
      try {
        cache = { totals: await client.getStats({ signal }), atMs: clock.monotonicMs() };
      } catch (error) {
        if (!(error instanceof IggyError)) throw error;
      }
    },
  };
}
