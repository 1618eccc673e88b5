import { type Clock, systemClock } from '../utils/clock.ts';
import { type Random, systemRandom } from '../utils/random.ts';
import type { BreakerPolicy } from './breaker.ts';
import type { Address, Dial } from './connection/duplex.ts';
import type { RandomBytes } from './connection/identity.ts';
import type { Credentials, Software } from './connection/login.ts';
import { tcpDial, type TlsOptions } from './connection/transport.ts';
import type { ClientEventListener } from './events.ts';
import type { BatchLimits, LaneLimits } from './lanes.ts';
import type { Reconnect } from './pool.ts';
import type { LineLimits } from './waiting-line.ts';

const MIB = 1024 * 1024;

export interface ClientLimits {
  /** Of one frame, header included, in both directions; servers take 64 MiB unless told otherwise. */
  readonly frameBytesMax: number;
  /** Of requests that wait for a session; as many sends besides may wait to learn their partition. */
  readonly waiting: LineLimits;
  /** Of sends that are not answered yet. */
  readonly lanes: LaneLimits;
  /** Topics whose partitions and turns are remembered. */
  readonly topicsMax: number;
  /** Partitions of which the last offset we were told is remembered. */
  readonly partitionsMax: number;
}

export const DEFAULT_LIMITS: ClientLimits = {
  frameBytesMax: 64 * MIB,
  waiting: { entriesMax: 10_000, bytesMax: 256 * MIB },
  // One partition that stands still must leave room for the others.
  lanes: { perLaneMax: 5_000, entriesMax: 10_000, bytesMax: 256 * MIB },
  topicsMax: 10_000,
  partitionsMax: 10_000,
};

export const DEFAULT_BATCH: BatchLimits = {
  messagesMax: 1_000,
  bytesMax: 1 * MIB,
  callersMax: 1_000,
  lingerMs: 0,
};

export interface IggyClientOptions {
  /** At least one. After each failed attempt the next one is tried. */
  readonly addresses: readonly Address[];
  readonly credentials: Credentials;
  /** Absent: plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** What the broker is told of this program. */
  readonly software: Software;
  /** Cryptographic, for client ids; `randomBytes` of node:crypto fits. */
  readonly randomBytes: RandomBytes;

  /** Sessions, each with a connection of its own, and so requests in flight. Default 4. */
  readonly poolSize?: number;
  /** Default: from 1 s to 30 s, for ever. */
  readonly reconnect?: Reconnect;
  /** Default: opens after 5 failures in a row for 30 s, closes after 2 successes. */
  readonly breaker?: BreakerPolicy;
  /** Default 5 s. */
  readonly connectTimeoutMs?: number;
  /** Default 10 s: brokers take their time when many log in. */
  readonly loginDeadlineMs?: number;
  /** An idle session is tried with a ping this often; default 5 s. */
  readonly heartbeatIntervalMs?: number;
  /** How long a ping may take before its connection counts as dead; default 5 s. */
  readonly pingDeadlineMs?: number;
  /**
   * How long a reply may take before its connection counts as dead; default 10 s. The shorter, the sooner
   * a connection that swallows everything is noticed while requests are in flight on it, and the more of
   * a caller's time is left to learn over the next one what became of a send.
   */
  readonly replyDeadlineMs?: number;
  /** How long a topic's number of partitions is believed; default 30 s. */
  readonly metadataTtlMs?: number;
  /** How long `stop` waits for what is in flight; default 10 s. */
  readonly stopDeadlineMs?: number;
  /** How long `stop` waits for the answer to a logout; default 500 ms. */
  readonly logoutDeadlineMs?: number;
  /** What one request to the broker may carry of the sends that wait for the same partition. */
  readonly batch?: BatchLimits;
  /**
   * Waited for before each such request: with `endOfTurn` what has arrived together leaves together.
   * Default: nothing.
   */
  readonly gather?: (() => Promise<void>) | undefined;
  readonly limits?: ClientLimits;
  readonly onEvent?: ClientEventListener | undefined;

  readonly clock?: Clock;
  readonly random?: Random;
  /** How to reach an address; default TCP, with `tls` TLS. */
  readonly dial?: Dial;
}

export type ResolvedOptions = Required<Omit<IggyClientOptions, 'tls' | 'gather'>> & {
  readonly gather: (() => Promise<void>) | undefined;
  readonly onEvent: ClientEventListener;
};

const DEFAULTS = {
  poolSize: 4,
  reconnect: { baseMs: 1_000, maxMs: 30_000, attemptsMax: 0 },
  breaker: { failureThreshold: 5, successThreshold: 2, openDurationMs: 30_000 },
  connectTimeoutMs: 5_000,
  loginDeadlineMs: 10_000,
  heartbeatIntervalMs: 5_000,
  pingDeadlineMs: 5_000,
  replyDeadlineMs: 10_000,
  metadataTtlMs: 30_000,
  stopDeadlineMs: 10_000,
  logoutDeadlineMs: 500,
  batch: DEFAULT_BATCH,
  limits: DEFAULT_LIMITS,
  clock: systemClock,
  random: systemRandom,
} as const;

export function resolveOptions({ tls, ...options }: IggyClientOptions): ResolvedOptions {
  return {
    ...DEFAULTS,
    ...options,
    dial: options.dial ?? tcpDial(tls),
    onEvent: options.onEvent ?? (() => {}),
    gather: options.gather,
  };
}
