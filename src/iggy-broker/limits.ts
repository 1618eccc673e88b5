const KIB = 1024;
const MIB = 1024 * KIB;

/** Everything here that could grow without end, and where it ends instead. */
export interface BrokerLimits {
  /** Open TCP connections. One more is closed as soon as it is accepted. */
  connectionsMax: number;
  /**
   * Bytes of one frame, header included, in both directions; so it bounds a message too. A longer request
   * ends its connection.
   */
  frameBytesMax: number;
  /** Messages of one batch; more are refused with 4023. As many as official clients put into one. */
  batchMessagesMax: number;
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
  /** Bytes of batches that are kept in memory for who reads them piece by piece, over all partitions. */
  recentBatchesBytesMax: number;
  /** One more is refused with 1020. */
  streamsMax: number;
  /** One more is refused with 2021. */
  topicsPerStreamMax: number;
  /** Partitions of all topics together; more are refused with 3013. */
  partitionsMax: number;
  /** Stored offsets of one partition and one kind of consumer; one more is refused with 3024. */
  consumerOffsetsMax: number;
  /** Consumer groups of one topic; one more is refused with 5. */
  groupsPerTopicMax: number;
  /** Members of one consumer group; one more is refused with 5. */
  membersPerGroupMax: number;
  /** After so many milliseconds without a word a connection is logged out, if it is in a group. */
  memberSilenceMsMax: number;
  /**
   * Milliseconds that a group's member has, when another one joins, to commit what it was served of a
   * partition that goes to the other.
   */
  handoverMsMax: number;
  /**
   * Clients whose request numbers one partition knows, about 200 bytes each. For one more, the one whose
   * last write lies longest back is forgotten: what it repeats then is written again.
   */
  dedupClientsMax: number;
  /**
   * Clients whose newest replies to metadata requests are kept. For one more, those of the client that got
   * its last one longest ago are forgotten: a repetition is then told that it was done (59), not how.
   */
  repliedClientsMax: number;
  /** Bytes of all these replies; beyond it they are forgotten in the same way. */
  repliesBytesMax: number;
  /** Users besides root; one more is refused with 55. */
  usersMax: number;
  /** Streams and topics listed in the permissions of one user; more are refused with 3. */
  permissionEntriesMax: number;
  /** Passwords that are hashed at the same time. Each takes a thread of the pool, and 19 MiB. */
  passwordHashesAtOnceMax: number;
  /** Passwords that wait for that. Who asks for one more is told to try again, with 58. */
  passwordHashesQueuedMax: number;
  /** Personal access tokens of one user; one more is refused with 52. */
  tokensPerUserMax: number;
  /**
   * Bytes that are left free on the disk: with less, whatever adds to the data is told to try again, with
   * 58. Enough for the log of changes that SQLite keeps, so that deleting still works.
   */
  diskReserveBytes: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  connectionsMax: 1024,
  frameBytesMax: 64 * MIB,
  batchMessagesMax: 1_000_000,
  receivedBytesMax: 256 * MIB,
  unsentBytesPauseAt: 1 * MIB,
  unsentBytesMax: 256 * MIB,
  groupBytesMax: 16 * MIB,
  recentBatchesBytesMax: 16 * MIB,
  streamsMax: 4096,
  // Topic ids have 12 bits (iggy-vsr-0.11 §1.2).
  topicsPerStreamMax: 4096,
  partitionsMax: 100_000,
  consumerOffsetsMax: 4096,
  groupsPerTopicMax: 1024,
  membersPerGroupMax: 1024,
  // iggy-vsr-0.11 §2.6, §7.
  memberSilenceMsMax: 36_000,
  handoverMsMax: 30_000,
  dedupClientsMax: 4096,
  repliedClientsMax: 4096,
  repliesBytesMax: 16 * MIB,
  usersMax: 1000,
  permissionEntriesMax: 10_000,
  // Half of Node's pool, which the files and names of the whole process go through too.
  passwordHashesAtOnceMax: 2,
  passwordHashesQueuedMax: 1024,
  tokensPerUserMax: 100,
  diskReserveBytes: 64 * MIB,
};
