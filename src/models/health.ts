import { toTimestamp } from './timestamp.ts';

/** What the gateway knows of its connection to the broker. */
interface BrokerConnection {
  state: 'connecting' | 'ready' | 'waiting' | 'closed';
  sinceMicros: bigint;
  attempts: number;
  serverVersion: string | undefined;
  reason: string | undefined;
}

export interface Health {
  reachable: boolean;
  version: string;
  nowMicros: bigint;
  connection: BrokerConnection;
}

export interface HealthView {
  status: 'healthy' | 'degraded';
  iggy_connected: boolean;
  version: string;
  timestamp: string;
  connection: {
    state: BrokerConnection['state'];
    since: string;
    /** Failed attempts in a row. */
    attempts: number;
    server_version?: string;
    /** Why the last attempt failed. */
    reason?: string;
  };
}

export function toHealthView({ reachable, version, nowMicros, connection }: Health): HealthView {
  const { state, sinceMicros, attempts, serverVersion, reason } = connection;
  return {
    status: reachable ? 'healthy' : 'degraded',
    iggy_connected: reachable,
    version,
    timestamp: toTimestamp(nowMicros),
    connection: {
      state,
      since: toTimestamp(sinceMicros),
      attempts,
      ...(serverVersion !== undefined && { server_version: serverVersion }),
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

export interface StatsView {
  streams_count: number;
  topics_count: number;
  total_messages: number;
  total_size_bytes: number;
  uptime_seconds: number;
  cache_age_seconds: number;
  cache_stale: boolean;
  messages_sent: number;
  messages_received: number;
  send_failures: number;
}

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
