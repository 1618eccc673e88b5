import { z } from 'zod';

import { bigCount } from './integer.ts';
import { shownTimestamp, toTimestamp } from './timestamp.ts';

/** What the gateway knows of its connection to the broker. */
interface BrokerConnection {
  state: 'connecting' | 'ready' | 'waiting' | 'closed';
  sinceMicros: bigint;
  attempts: number;
  serverVersion: string | undefined;
  circuit: 'closed' | 'open' | 'half-open';
  reason: string | undefined;
}

export interface Health {
  reachable: boolean;
  version: string;
  nowMicros: bigint;
  connection: BrokerConnection;
}

export const healthView = z
  .strictObject({
    status: z.enum(['healthy', 'degraded']),
    iggy_connected: z.boolean(),
    version: z.string(),
    timestamp: shownTimestamp,
    connection: z.strictObject({
      state: z.enum(['connecting', 'ready', 'waiting', 'closed']),
      since: shownTimestamp,
      attempts: z.int().min(0).meta({ description: 'Failed attempts in a row.' }),
      server_version: z.string().optional(),
      circuit_breaker: z.enum(['closed', 'open', 'half_open']).meta({
        description:
          'Whether requests are let through to the broker: all, none, or one at a time to try it.',
      }),
      reason: z.string().optional().meta({ description: 'Why it is degraded.' }),
    }),
  })
  .meta({ id: 'Health' });
export type HealthView = z.infer<typeof healthView>;

export const readyView = z.strictObject({ status: z.literal('ready') }).meta({ id: 'Ready' });

export function toHealthView({ reachable, version, nowMicros, connection }: Health): HealthView {
  const { state, sinceMicros, attempts, serverVersion, circuit, reason } = connection;
  return {
    status: reachable && circuit !== 'open' ? 'healthy' : 'degraded',
    iggy_connected: reachable,
    version,
    timestamp: toTimestamp(nowMicros),
    connection: {
      state,
      since: toTimestamp(sinceMicros),
      attempts,
      ...(serverVersion !== undefined && { server_version: serverVersion }),
      circuit_breaker: circuit === 'half-open' ? 'half_open' : circuit,
      ...(reason !== undefined && { reason }),
    },
  };
}

export interface Stats {
  streamsCount: number;
  topicsCount: number;
  messagesCount: bigint;
  sizeBytes: bigint;
  uptimeMs: number;
  cacheAgeMs: number;
  cacheStale: boolean;
  messagesSent: number;
  messagesReceived: number;
  sendFailures: number;
}

export const statsView = z
  .strictObject({
    streams_count: z.int().min(0),
    topics_count: z.int().min(0),
    total_messages: bigCount,
    total_size_bytes: bigCount,
    uptime_seconds: z.int().min(0),
    cache_age_seconds: z.int().min(0).meta({ description: 'Age of the totals of the broker.' }),
    cache_stale: z.boolean(),
    messages_sent: bigCount.meta({ description: 'By this process, as the next two.' }),
    messages_received: bigCount,
    send_failures: bigCount,
  })
  .meta({ id: 'Stats' });
export type StatsView = z.infer<typeof statsView>;

export function toStatsView(stats: Stats): StatsView {
  return {
    streams_count: stats.streamsCount,
    topics_count: stats.topicsCount,
    total_messages: Number(stats.messagesCount),
    total_size_bytes: Number(stats.sizeBytes),
    uptime_seconds: Math.floor(stats.uptimeMs / 1000),
    cache_age_seconds: Math.floor(stats.cacheAgeMs / 1000),
    cache_stale: stats.cacheStale,
    messages_sent: stats.messagesSent,
    messages_received: stats.messagesReceived,
    send_failures: stats.sendFailures,
  };
}
