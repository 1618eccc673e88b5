import type { CircuitState } from './breaker.ts';

/**
 * What the rest of the program knows of Iggy: this interface, its values and IggyError.
 *
 * Streams and topics are named, never numbered: `"42"` is a name. Times are microseconds since the Unix
 * epoch, sizes are bytes. Every call takes an AbortSignal, which is the caller's patience: when it
 * fires, the call rejects with an IggyError that says what is known about the outcome.
 */
export interface CallOptions {
  /** Aborted at the caller's deadline, or when nobody waits any more. */
  signal: AbortSignal;
}

export interface Stream {
  id: number;
  name: string;
  createdAtMicros: bigint;
  topicsCount: number;
  sizeBytes: bigint;
  messagesCount: bigint;
}

export interface Topic {
  id: number;
  name: string;
  createdAtMicros: bigint;
  partitionsCount: number;
  sizeBytes: bigint;
  messagesCount: bigint;
  /** Options in force where the server tells them (explicit and derived), as text. */
  options: Readonly<Record<string, string>>;
}

export interface NewTopic {
  name: string;
  /** 1..=1000. */
  partitionsCount: number;
  /** Sent as they are, and only those: servers differ in what they know. */
  options: Readonly<Record<string, string>>;
}

/** Totals over the whole broker. */
export interface BrokerStats {
  streamsCount: number;
  topicsCount: number;
  partitionsCount: number;
  messagesCount: bigint;
  messagesSizeBytes: bigint;
}

export type Partitioning =
  /** Spread evenly, one partition after the other. */
  | { kind: 'balanced' }
  /** XXH32(key) mod partitions, as every official SDK does; 1..=255 bytes of UTF-8. */
  | { kind: 'key'; key: string }
  | { kind: 'partition'; partitionId: number };

export interface OutgoingMessage {
  /** u128, not zero. */
  id: bigint;
  /** When it came to us. Never after it is sent: what was stored before it is told by that. */
  originTimestampMicros: bigint;
  /** Sent as they are, not copied before the send ends: do not change them. */
  payload: Uint8Array;
  /** Encoded user headers (`encodeUserHeaders` of the protocol library), or nothing. */
  userHeaders?: Uint8Array;
}

export interface SendRequest {
  stream: string;
  topic: string;
  partitioning: Partitioning;
  /** At least one; they go to one partition in one batch, stored whole or not at all. */
  messages: readonly OutgoingMessage[];
}

export interface SendResult {
  partitionId: number;
  /** Offset of the first message; absent where the server does not tell it (a recognised duplicate). */
  baseOffset: bigint | undefined;
}

export type PollFrom = { kind: 'offset'; offset: bigint } | { kind: 'next' };

export interface PollRequest {
  stream: string;
  topic: string;
  partitionId: number;
  consumerId: number;
  from: PollFrom;
  /** 1 and up. */
  count: number;
  /** Commits the last served offset. Such a poll is never repeated once written. */
  autoCommit: boolean;
}

export interface ReceivedMessage {
  offset: bigint;
  id: bigint;
  /** When the broker stored it. */
  timestampMicros: bigint;
  originTimestampMicros: bigint;
  payload: Buffer;
  /** Encoded; may be empty. */
  userHeaders: Buffer;
}

export interface PollResult {
  partitionId: number;
  /** Offset of the partition's last message; 0 if it is empty. */
  currentOffset: bigint;
  messages: readonly ReceivedMessage[];
}

/** One consumer's place in one partition. */
export interface OffsetTarget {
  stream: string;
  topic: string;
  partitionId: number;
  consumerId: number;
}

export interface ConsumerOffset {
  /** Of the last message the consumer has committed. */
  storedOffset: bigint;
  /** Of the partition's last message; 0 if it is empty. */
  currentOffset: bigint;
}

/**
 * - `connecting`: dialing or logging in, for the first time or again.
 * - `ready`: at least one session is logged in.
 * - `waiting`: the last attempt failed; the next one is timed.
 * - `closed`: stopped, or gave up after the configured number of attempts.
 */
export type ConnectionState = 'connecting' | 'ready' | 'waiting' | 'closed';

/** An immutable picture of the connection at one moment. */
export interface ConnectionStatus {
  readonly state: ConnectionState;
  readonly sinceMicros: bigint;
  /** Failed attempts in a row; 0 while ready. */
  readonly attempts: number;
  readonly serverVersion: string | undefined;
  /** Why the last attempt failed, in words safe to show; undefined while ready. */
  readonly lastFailure: string | undefined;
  /** The broker refuses us for a reason that waiting does not mend: credentials, protocol version, TLS. */
  readonly permanentFailure: boolean;
  /** Whether calls are let through: `half-open` one at a time, `open` none. */
  readonly circuit: CircuitState;
}

export interface IggyClient {
  /** Begins to connect and returns at once. */
  start(): void;
  /**
   * Finishes what is in flight as far as each caller's own signal and `patienceMs` allow, then hangs up:
   * what is left rejects, as `outcome-unknown` if it changes something and was written. Idempotent; the
   * first one's patience counts, of a length set up if it names none.
   */
  stop(patienceMs?: number): Promise<void>;
  status(): ConnectionStatus;

  ping(call: CallOptions): Promise<void>;
  getStats(call: CallOptions): Promise<BrokerStats>;

  listStreams(call: CallOptions): Promise<Stream[]>;
  /** `undefined` if there is none. */
  getStream(stream: string, call: CallOptions): Promise<Stream | undefined>;
  createStream(name: string, call: CallOptions): Promise<Stream>;
  deleteStream(stream: string, call: CallOptions): Promise<void>;

  /** `undefined` if the stream does not exist. */
  listTopics(stream: string, call: CallOptions): Promise<Topic[] | undefined>;
  getTopic(stream: string, topic: string, call: CallOptions): Promise<Topic | undefined>;
  createTopic(stream: string, topic: NewTopic, call: CallOptions): Promise<Topic>;
  deleteTopic(stream: string, topic: string, call: CallOptions): Promise<void>;

  send(request: SendRequest, call: CallOptions): Promise<SendResult>;
  poll(request: PollRequest, call: CallOptions): Promise<PollResult>;

  /** `undefined` if nothing is stored; real servers say the same of a topic that is not there. */
  getConsumerOffset(target: OffsetTarget, call: CallOptions): Promise<ConsumerOffset | undefined>;
  /** Refused (4100) for an offset beyond the partition's last message. Never repeated once written. */
  storeConsumerOffset(target: OffsetTarget, offset: bigint, call: CallOptions): Promise<void>;
  /** Refused (3021) if nothing is stored. Never repeated once written. */
  deleteConsumerOffset(target: OffsetTarget, call: CallOptions): Promise<void>;
}
