/**
 * How much of a crash an acknowledged write survives; the values of the topic options of the same name
 * (iggy-vsr-0.11 §4). `replicated`: the end of the process. `persisted`: the end of the machine too.
 */
export type Durability = 'replicated' | 'persisted';

export interface StoredStream {
  readonly id: number;
  readonly name: string;
  readonly createdAtMicros: bigint;
}

export interface NewTopicRow {
  readonly streamId: number;
  readonly id: number;
  readonly name: string;
  readonly createdAtMicros: bigint;
  /** The explicit options, as the options block of the wire. */
  readonly options: Buffer;
}

export interface StoredTopic extends NewTopicRow {
  /** Never used again, also after the topic is gone; ids are. */
  readonly key: number;
}

export interface NewPartitionRow {
  readonly topicKey: number;
  readonly id: number;
  readonly createdAtMicros: bigint;
}

export interface StoredPartition extends NewPartitionRow {
  /** Never used again, also after the partition is gone or purged; ids are. */
  readonly key: number;
  readonly extent: LogExtent;
}

/** What must be known of a partition's batches to go on with them. */
export interface LogExtent {
  /** Offset of the oldest message kept; equals `nextOffset` if there is none. */
  readonly firstOffset: bigint;
  /** Offset the next message gets. */
  readonly nextOffset: bigint;
  /** Bytes of the batches kept. */
  readonly sizeBytes: bigint;
  /** Bytes of every batch ever written under this key, up to the newest one kept. */
  readonly endBytes: bigint;
  /** When the newest batch kept was appended; 0 if there is none. */
  readonly lastTimestampMicros: bigint;
}

export interface StoredBatch {
  readonly partitionKey: number;
  readonly baseOffset: bigint;
  readonly messageCount: number;
  readonly baseTimestampMicros: bigint;
  /** See `LogExtent`; this batch included. */
  readonly endBytes: bigint;
  /** u128. Who sent it, under which number: what a duplicate is told by (iggy-vsr-0.11 §2.9). */
  readonly clientId: bigint;
  /** u64. */
  readonly request: bigint;
  /** The batch exactly as it is served. */
  readonly bytes: Buffer;
}

/** A batch without its bytes. */
export type BatchPosition = Pick<
  StoredBatch,
  'baseOffset' | 'messageCount' | 'baseTimestampMicros' | 'endBytes'
>;

export type BatchSender = Pick<StoredBatch, 'clientId' | 'request'>;

export interface ConsumerKey {
  readonly partitionKey: number;
  /** As on the wire: 1 consumer, 2 consumer group. */
  readonly kind: number;
  /** u32. */
  readonly consumerId: number;
}

export interface StoredConsumerOffset extends ConsumerKey {
  readonly offset: bigint;
}

export interface StoredGroup {
  readonly topicKey: number;
  readonly id: number;
  readonly name: string;
}

/** Of a topic: the id that its next consumer group gets, for none is used twice. */
export interface StoredNextGroup {
  readonly topicKey: number;
  readonly id: number;
}

export interface StoredUser {
  readonly id: number;
  readonly name: string;
  readonly createdAtMicros: bigint;
  /** As on the wire: 1 active, 2 inactive. */
  readonly status: number;
  /** Its hash; null for root while it has the configured one. */
  readonly password: string | null;
  /** As the sized permissions of the wire; null if none were given, and for root. */
  readonly permissions: Buffer | null;
  /** Of root only, which is stored once it was changed: hash of what was configured then. */
  readonly configured: string | null;
}

export interface StoredToken {
  readonly userId: number;
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  /** 0 = never. */
  readonly expiresAtMicros: bigint;
}

/** What a client was answered last, for the case that it did not hear it (iggy-vsr-0.11 §2.8). */
export interface StoredReply {
  /** u128 */
  readonly clientId: bigint;
  readonly userId: number;
  /** u64 */
  readonly request: bigint;
  readonly operation: number;
  /** u64, 0 if none was given. */
  readonly requestChecksum: bigint;
  readonly frame: Buffer;
}

export interface StoredState {
  readonly streams: readonly StoredStream[];
  readonly topics: readonly StoredTopic[];
  readonly partitions: readonly StoredPartition[];
  readonly consumerOffsets: readonly StoredConsumerOffset[];
  readonly groups: readonly StoredGroup[];
  readonly nextGroups: readonly StoredNextGroup[];
  readonly users: readonly StoredUser[];
  readonly tokens: readonly StoredToken[];
  /** The one that was put last comes last. */
  readonly replies: readonly StoredReply[];
}

/** The disk is full, or fails, or somebody else holds the file. It may pass. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/**
 * How much storage takes: everything; what does not make it grow, for the disk is nearly full; or, as far
 * as it knows, nothing, for something it was to write has failed.
 */
export type Room = 'enough' | 'little' | 'none';

/**
 * What the broker keeps, as the core needs it. All calls are synchronous. Writes gather in one group
 * that becomes permanent with `commit`; reads see the group's own writes.
 *
 * A write, or `commit`, that the disk does not take throws StorageUnavailableError: nothing of the open
 * group may be acknowledged, and `rollback` has to follow. Any other failure is thrown as it comes, and is
 * the end.
 */
export interface Storage {
  load(): StoredState;

  insertStream(stream: StoredStream): void;
  renameStream(id: number, name: string): void;
  /** With its topics and everything in them. */
  deleteStream(id: number): void;

  /** Returns the topic's key. */
  insertTopic(topic: NewTopicRow): number;
  updateTopic(key: number, name: string, options: Buffer): void;
  /** With its partitions and everything in them. */
  deleteTopic(key: number): void;

  /** Returns the partition's key. */
  insertPartition(partition: NewPartitionRow): number;
  deletePartition(key: number): void;
  /**
   * Forgets its batches and consumer offsets at once, whatever their number. Returns the key under which
   * the partition, described by `row`, goes on.
   */
  purgePartition(key: number, row: NewPartitionRow): number;

  appendBatch(batch: StoredBatch, durability: Durability): void;
  /**
   * Forgets at once the batches before `offset`, at which one begins, whatever their number. `nextOffset`
   * is remembered, for the case that none is left to tell it.
   */
  truncateBefore(partitionKey: number, offset: bigint, nextOffset: bigint): void;
  /** The batches from the one that holds `offset`, or the first after it, in order of offsets. */
  readBatches(partitionKey: number, offset: bigint): Iterable<StoredBytes>;
  /** Who sent the newest batches, up to `countMax` of them, the newest first. */
  readSenders(partitionKey: number, countMax: number): BatchSender[];
  /** The batch that holds `offset`, or the last before it. */
  findBatch(partitionKey: number, offset: bigint): BatchPosition | undefined;

  putConsumerOffset(stored: StoredConsumerOffset, durability: Durability): void;
  deleteConsumerOffset(key: ConsumerKey, durability: Durability): void;

  /** Its id is above all that were ever used in the topic. */
  insertGroup(group: StoredGroup): void;
  /** With the offsets it stored in the topic's partitions. */
  deleteGroup(topicKey: number, id: number): void;

  /** Adds it, or puts it in the place of the one with its id. */
  putUser(user: StoredUser): void;
  /** Without its tokens. */
  deleteUser(id: number): void;

  insertToken(token: StoredToken): void;
  deleteToken(userId: number, name: string): void;

  /** In place of the one its client had. */
  putReply(reply: StoredReply): void;
  deleteReply(clientId: bigint): void;

  /** True while there is something to commit. */
  readonly dirty: boolean;
  commit(): void;
  /** Forgets the open group. From then on room is `none`, until `seekRoom` has found some. */
  rollback(): void;
  /**
   * How often something has become permanent: by `commit`, or earlier, if a write that must survive more
   * than those before it had to begin anew. Those before it are permanent then.
   */
  readonly commits: number;
  readonly room: Room;
  /** Looks again whether there is room, if need be by writing something. Between groups only. */
  seekRoom(): void;
  /** Removes one bounded slice of what was deleted, purged or truncated. False when nothing is left to remove. */
  sweep(): boolean;
}

/** A batch as a poll needs it. */
export type StoredBytes = Pick<StoredBatch, 'baseOffset' | 'messageCount' | 'bytes'>;
