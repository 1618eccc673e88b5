import { sliceBatch, stampBatch, STATUS } from '../../iggy-protocol/index.ts';
import { notAdmitted } from '../refusal.ts';
import { invariant } from '../../utils/invariant.ts';
import type { BrokerLimits } from '../limits.ts';
import type {
  BatchPosition,
  Durability,
  LogExtent,
  NewPartitionRow,
  Storage,
  StoredBytes,
  StoredPartition,
} from '../storage.ts';
import { CONSUMER_KIND, ConsumerOffsets } from './consumer-offsets.ts';
import { GroupProgress } from './group-progress.ts';
import type { RecentBatches } from './recent-batches.ts';
import { CommittedRequests, type Sender } from './request-window.ts';

/**
 * Batches that are looked at for who sent them, when a partition is written to for the first time after
 * a start: a few milliseconds' work. A send that so many others followed is not recognised any more if it
 * is repeated after a restart; clients repeat the one they are waiting for.
 */
export const RECALLED_BATCHES_MAX = 1024;

export type PartitionLimits = Pick<BrokerLimits, 'consumerOffsetsMax' | 'dedupClientsMax'>;

/** Messages as a poll serves them. */
export interface LogSlice {
  /** Batch records, one after the other. */
  readonly records: Buffer;
  readonly messagesCount: number;
  /** Undefined if nothing was found. */
  readonly lastOffset: bigint | undefined;
}

const EMPTY_EXTENT: LogExtent = {
  firstOffset: 0n,
  nextOffset: 0n,
  sizeBytes: 0n,
  endBytes: 0n,
  lastTimestampMicros: 0n,
};

/**
 * One partition: its batches, the offsets consumers stored in it, and which requests it has seen. How
 * much of it is kept is decided elsewhere (`retention.ts`).
 */
export class PartitionLog {
  readonly offsets: ConsumerOffsets;
  readonly groups: GroupProgress;
  readonly #storage: Storage;
  readonly #recent: RecentBatches;
  readonly #row: NewPartitionRow;
  readonly #dedupClientsMax: number;
  /** Undefined until somebody writes: most partitions need not be looked into after a start. */
  #committed: CommittedRequests | undefined;
  #key: number;
  #extent: LogExtent;
  /** Undefined until somebody asks, and when it has become another. */
  #oldestMicros: bigint | undefined;

  constructor(
    storage: Storage,
    recent: RecentBatches,
    stored: StoredPartition,
    limits: PartitionLimits,
  ) {
    const { key, extent, topicKey, id, createdAtMicros } = stored;
    this.#storage = storage;
    this.#recent = recent;
    this.#row = { topicKey, id, createdAtMicros };
    this.#dedupClientsMax = limits.dedupClientsMax;
    this.#key = key;
    this.#extent = extent;
    this.offsets = new ConsumerOffsets(storage, CONSUMER_KIND, key, limits.consumerOffsetsMax);
    this.groups = new GroupProgress(storage, key, limits.consumerOffsetsMax);
  }

  /** A partition nobody has written to, stored from now on. */
  static create(
    storage: Storage,
    recent: RecentBatches,
    row: NewPartitionRow,
    limits: PartitionLimits,
  ): PartitionLog {
    const stored = { ...row, key: storage.insertPartition(row), extent: EMPTY_EXTENT };
    return new PartitionLog(storage, recent, stored, limits);
  }

  get id(): number {
    return this.#row.id;
  }

  get key(): number {
    return this.#key;
  }

  get createdAtMicros(): bigint {
    return this.#row.createdAtMicros;
  }

  get firstOffset(): bigint {
    return this.#extent.firstOffset;
  }

  get nextOffset(): bigint {
    return this.#extent.nextOffset;
  }

  /** Of the newest message; 0 also if there never was one (iggy-vsr-0.11 §10). */
  get currentOffset(): bigint {
    return this.nextOffset === 0n ? 0n : this.nextOffset - 1n;
  }

  get messagesCount(): bigint {
    return this.nextOffset - this.firstOffset;
  }

  get sizeBytes(): bigint {
    return this.#extent.sizeBytes;
  }

  /** Where the batches kept begin, in bytes of all that were ever written under this key. */
  get startBytes(): bigint {
    return this.#extent.endBytes - this.#extent.sizeBytes;
  }

  get endBytes(): bigint {
    return this.#extent.endBytes;
  }

  /** When the oldest batch kept was appended; undefined if there is none. */
  get oldestMicros(): bigint | undefined {
    if (this.messagesCount === 0n) return undefined;
    this.#oldestMicros ??= this.#storage.findBatch(
      this.#key,
      this.firstOffset,
    )?.baseTimestampMicros;
    return this.#oldestMicros;
  }

  /** Of the first message of the newest batch; `nextOffset` if no batch is kept. */
  get newestBatchOffset(): bigint {
    return this.batchOffsetOf(this.nextOffset - 1n);
  }

  /**
   * Whether it was done here before, and must not be done again (iggy-vsr-0.11 §2.9). Batches tell it
   * across restarts; writes of offsets, harmless when they are repeated, do not.
   */
  hasCommitted(sender: Sender): boolean {
    return this.#requests.has(sender);
  }

  /** What was refused must not come here: it may come again, under the same number, and be done. */
  markCommitted(sender: Sender): void {
    this.#requests.add(sender);
  }

  /**
   * Takes an admitted batch and returns the offset of its first message. Its time never lies before
   * that of the batch before it, whatever the clock says: polls by timestamp search on that.
   */
  append(
    batch: Buffer,
    messageCount: number,
    sender: Sender,
    nowMicros: bigint,
    durability: Durability,
  ): bigint {
    if (this.#storage.room !== 'enough') throw notAdmitted(STATUS.TransientNotAccepted);
    this.markCommitted(sender);
    const { nextOffset: baseOffset, lastTimestampMicros, sizeBytes, endBytes } = this.#extent;
    const baseTimestamp = nowMicros > lastTimestampMicros ? nowMicros : lastTimestampMicros;
    const bytes = stampBatch(batch, { partitionId: this.id, baseOffset, baseTimestamp });
    const grown = BigInt(bytes.length);
    this.#storage.appendBatch(
      {
        partitionKey: this.#key,
        baseOffset,
        messageCount,
        baseTimestampMicros: baseTimestamp,
        endBytes: endBytes + grown,
        clientId: sender.clientId,
        request: sender.request,
        bytes,
      },
      durability,
    );
    this.#extent = {
      ...this.#extent,
      nextOffset: baseOffset + BigInt(messageCount),
      sizeBytes: sizeBytes + grown,
      endBytes: endBytes + grown,
      lastTimestampMicros: baseTimestamp,
    };
    return baseOffset;
  }

  /**
   * Up to `countMax` messages from `start` on, in up to `bytesMax` bytes; but at least one message if
   * there is one, or nobody would ever get past it.
   */
  read(start: bigint, countMax: number, bytesMax: number): LogSlice {
    const records: Buffer[] = [];
    let bytes = 0;
    let messagesCount = 0;
    let lastOffset: bigint | undefined;
    if (countMax === 0 || start >= this.nextOffset) {
      return { records: Buffer.alloc(0), messagesCount, lastOffset };
    }
    for (const batch of this.#batchesFrom(start)) {
      let piece = pieceOf(batch, start, countMax - messagesCount);
      if (bytes + piece.record.length > bytesMax) {
        if (messagesCount > 0) break;
        piece = sliceBatch(batch.bytes, later(start, batch.baseOffset), 1);
      }
      if (piece.record !== batch.bytes) this.#recent.keep(this.#key, batch);
      records.push(piece.record);
      bytes += piece.record.length;
      messagesCount += piece.count;
      lastOffset = piece.lastOffset;
      if (messagesCount === countMax || bytes >= bytesMax) break;
    }
    const [only] = records;
    return {
      records: only?.length === bytes ? only : Buffer.concat(records, bytes),
      messagesCount,
      lastOffset,
    };
  }

  /** The first message of the first batch that came at `timestampMicros` or later, or `nextOffset`. */
  offsetAt(timestampMicros: bigint): bigint {
    if (timestampMicros > this.#extent.lastTimestampMicros) return this.nextOffset;
    return this.#firstBatch((batch) => batch.baseTimestampMicros >= timestampMicros);
  }

  /** The first message behind the batch in which byte `position` was written, or `nextOffset`. */
  offsetBehind(position: bigint): bigint {
    const holder = this.#firstBatch(({ endBytes }) => endBytes >= position);
    return this.#firstBatch(({ baseOffset }) => baseOffset > holder);
  }

  /** The first message of the batch that holds `offset`, which is kept; `nextOffset` beyond the end. */
  batchOffsetOf(offset: bigint): bigint {
    if (offset < this.firstOffset || offset >= this.nextOffset) return this.nextOffset;
    return this.#storage.findBatch(this.#key, offset)?.baseOffset ?? this.nextOffset;
  }

  /**
   * Forgets every batch before `offset`, where one begins or the log ends. What was removed is never
   * written again: offsets go on, also if nothing is left. Consumers keep their offsets.
   */
  truncateBefore(offset: bigint): void {
    const last = this.#storage.findBatch(this.#key, offset - 1n);
    invariant(last && offset <= this.nextOffset, `there is no batch before ${offset}`);
    this.#storage.truncateBefore(this.#key, offset, this.nextOffset);
    this.#recent.forgetBefore(this.#key, offset);
    const sizeBytes = this.#extent.endBytes - last.endBytes;
    this.#extent = { ...this.#extent, firstOffset: offset, sizeBytes };
    this.#oldestMicros = undefined;
  }

  /** Forgets every message, offset and request. Offsets start at 0 again. */
  purge(): void {
    this.#key = this.#storage.purgePartition(this.#key, this.#row);
    this.#extent = EMPTY_EXTENT;
    this.#oldestMicros = undefined;
    this.offsets.startAnew(this.#key);
    this.groups.startAnew(this.#key);
    this.#committed = undefined;
  }

  /** Takes it out of storage. It must not be used any more. */
  drop(): void {
    this.#storage.deletePartition(this.#key);
  }

  /** As storage has them; the first one from memory, if it is there. */
  *#batchesFrom(offset: bigint): Generator<StoredBytes> {
    const recent = this.#recent.find(this.#key, offset);
    if (recent !== undefined) yield recent;
    const next = recent ? recent.baseOffset + BigInt(recent.messageCount) : offset;
    if (next < this.nextOffset) yield* this.#storage.readBatches(this.#key, next);
  }

  /** Offset of the first batch that `isWanted`, or `nextOffset`; none before one that is not may be. */
  #firstBatch(isWanted: (batch: BatchPosition) => boolean): bigint {
    // Batches before `low` are not wanted; the one at `high`, if there is one, is.
    let low = this.firstOffset;
    let high = this.nextOffset;
    while (low < high) {
      const middle = (low + high) / 2n;
      const batch = this.#storage.findBatch(this.#key, middle);
      if (batch === undefined) return high;
      const next = batch.baseOffset + BigInt(batch.messageCount);
      if (isWanted(batch)) high = batch.baseOffset;
      // In a gap of a damaged file the same batch would be found again and again.
      else low = next > low ? next : middle + 1n;
    }
    return high;
  }

  get #requests(): CommittedRequests {
    return (this.#committed ??= this.#recallRequests());
  }

  #recallRequests(): CommittedRequests {
    const committed = new CommittedRequests(this.#dedupClientsMax);
    const senders = this.#storage.readSenders(this.#key, RECALLED_BATCHES_MAX);
    // From the oldest on, so that the clients stand in the order of their last writes.
    for (const sender of senders.toReversed()) committed.add({ ...sender, userId: undefined });
    return committed;
  }
}

interface Piece {
  record: Buffer;
  count: number;
  lastOffset: bigint;
}

function pieceOf(
  { baseOffset, messageCount, bytes }: StoredBytes,
  start: bigint,
  countMax: number,
): Piece {
  if (start <= baseOffset && messageCount <= countMax) {
    const lastOffset = baseOffset + BigInt(messageCount) - 1n;
    return { record: bytes, count: messageCount, lastOffset };
  }
  return sliceBatch(bytes, later(start, baseOffset), countMax);
}

function later(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
