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
  'baseOffset' | 'messageCount' | 'baseTimestampMicros'
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

export interface StoredToken {
  readonly userId: number;
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  /** 0 = never. */
  readonly expiresAtMicros: bigint;
}

export interface StoredState {
  readonly streams: readonly StoredStream[];
  readonly topics: readonly StoredTopic[];
  readonly partitions: readonly StoredPartition[];
  readonly consumerOffsets: readonly StoredConsumerOffset[];
  readonly tokens: readonly StoredToken[];
}

/**
 * What the broker keeps, as the core needs it. All calls are synchronous. Writes gather in one group
 * that becomes permanent with `commit`; reads see the group's own writes. Any failure is thrown as it
 * comes, and means that nothing of the open group may be acknowledged.
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
  /** The batches from the one that holds `offset`, or the first after it, in order of offsets. */
  readBatches(partitionKey: number, offset: bigint): Iterable<StoredBytes>;
  /** Who sent the newest batches, up to `countMax` of them, the newest first. */
  readSenders(partitionKey: number, countMax: number): BatchSender[];
  /** The batch that holds `offset`, or the last before it. */
  findBatch(partitionKey: number, offset: bigint): BatchPosition | undefined;

  putConsumerOffset(stored: StoredConsumerOffset, durability: Durability): void;
  deleteConsumerOffset(key: ConsumerKey, durability: Durability): void;

  insertToken(token: StoredToken): void;
  deleteToken(userId: number, name: string): void;

  /** True while there is something to commit. */
  readonly dirty: boolean;
  commit(): void;
  /** Removes one bounded slice of what was deleted or purged. False when nothing is left to remove. */
  sweep(): boolean;
}

/** A batch as a poll needs it. */
export type StoredBytes = Pick<StoredBatch, 'baseOffset' | 'messageCount' | 'bytes'>;
