const KIB = 1024;
const MIB = 1024 * KIB;

/** Everything here that could grow without end, and where it ends instead. */
export interface BrokerLimits {
  /** Open TCP connections. One more is closed as soon as it is accepted. */
  connectionsMax: number;
  /** Bytes of one frame, header included, in both directions. A longer request ends its connection. */
  frameBytesMax: number;
  /**
   * Bytes of requests that have arrived and are not executed yet, over all connections. Above it the
   * connection that holds most of them is closed. At least `frameBytesMax`.
   */
  receivedBytesMax: number;
  /**
   * Bytes of replies one peer has not taken yet. At the limit its further requests wait, and nothing
   * more is read from it. So one connection holds at most this and one reply.
   */
  unsentBytesPauseAt: number;
  /**
   * Bytes of replies that no peer has taken yet, over all connections. Above it the connection that
   * holds most of them is closed. At least `frameBytesMax`.
   */
  unsentBytesMax: number;
  /** Bytes of requests and replies that one commit may gather. At the limit it is not delayed further. */
  groupBytesMax: number;
  /** One more is refused with 1020. */
  streamsMax: number;
  /** One more is refused with 2021. */
  topicsPerStreamMax: number;
  /** Partitions of all topics together; more are refused with 3013. */
  partitionsMax: number;
  /** Stored offsets of one partition and one kind of consumer; one more is refused with 3024. */
  consumerOffsetsMax: number;
  /**
   * Clients whose request numbers one partition knows, about 200 bytes each. For one more, the one whose
   * last write lies longest back is forgotten: what it repeats then is written again.
   */
  dedupClientsMax: number;
  /** Personal access tokens of one user; one more is refused with 52. */
  tokensPerUserMax: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  connectionsMax: 1024,
  frameBytesMax: 64 * MIB,
  receivedBytesMax: 256 * MIB,
  unsentBytesPauseAt: 1 * MIB,
  unsentBytesMax: 256 * MIB,
  groupBytesMax: 16 * MIB,
  streamsMax: 4096,
  // Topic ids have 12 bits (iggy-vsr-0.11 §1.2).
  topicsPerStreamMax: 4096,
  partitionsMax: 100_000,
  consumerOffsetsMax: 4096,
  dedupClientsMax: 4096,
  tokensPerUserMax: 100,
};
