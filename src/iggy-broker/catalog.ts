import {
  ByteReader,
  ByteWriter,
  type Option,
  readOptions,
  STATUS,
  writeOptions,
} from '../iggy-protocol/index.ts';
import { invariant } from '../utils/invariant.ts';
import { Memberships } from './groups/memberships.ts';
import { TopicGroups } from './groups/topic-groups.ts';
import type { BrokerLimits } from './limits.ts';
import { CONSUMER_KIND, GROUP_KIND } from './log/consumer-offsets.ts';
import { PartitionLog } from './log/partition-log.ts';
import { RecentBatches } from './log/recent-batches.ts';
import { segmentsCount } from './log/segments.ts';
import { Refusal } from './refusal.ts';
import { Registry } from './registry.ts';
import type { Storage, StoredState } from './storage.ts';
import {
  fitsPreallocation,
  patchOptions,
  settingsOf,
  type TopicSettings,
} from './topic-options.ts';

export interface Stream {
  readonly id: number;
  name: string;
  readonly createdAtMicros: bigint;
  readonly topics: Registry<Topic>;
}

export interface Topic {
  readonly key: number;
  readonly id: number;
  name: string;
  readonly createdAtMicros: bigint;
  explicitOptions: readonly Option[];
  settings: TopicSettings;
  /** At the index that is its id. */
  readonly partitions: PartitionLog[];
  readonly groups: TopicGroups;
  /** Of the partition that takes the next batch whose sender leaves the choice to us. */
  nextBalanced: number;
}

/** What a topic is made of before it has partitions and groups. */
type TopicRow = Omit<Topic, 'partitions' | 'groups' | 'nextBalanced'> & {
  readonly streamId: number;
};

export interface NewTopic {
  name: string;
  partitionsCount: number;
  explicitOptions: readonly Option[];
  createdAtMicros: bigint;
}

/** Partition ids end here, whatever the limits say (iggy-vsr-0.11 §1.2). */
const PARTITIONS_PER_TOPIC_MAX = 1_000_000;

/**
 * All streams, topics and partitions. While the broker runs this is the truth; storage is written
 * through, in the commit group of the caller. Whoever calls has made sure that the thing exists.
 */
export class Catalog {
  readonly streams = new Registry<Stream>();
  readonly memberships = new Memberships();
  readonly #storage: Storage;
  readonly #limits: BrokerLimits;
  readonly #recent: RecentBatches;
  #partitionsCount = 0;

  constructor(storage: Storage, stored: StoredState, limits: BrokerLimits) {
    this.#storage = storage;
    this.#limits = limits;
    this.#recent = new RecentBatches(limits.recentBatchesBytesMax);
    this.#restore(stored);
  }

  get partitionsCount(): number {
    return this.#partitionsCount;
  }

  createStream(name: string, createdAtMicros: bigint): Stream {
    if (this.streams.hasName(name)) throw new Refusal(STATUS.StreamNameAlreadyExists);
    if (this.streams.size >= this.#limits.streamsMax) throw new Refusal(STATUS.TooManyStreams);
    const row = { id: this.streams.nextId, name, createdAtMicros };
    const stream = { ...row, topics: new Registry<Topic>() };
    this.streams.add(stream);
    this.#storage.insertStream(row);
    return stream;
  }

  renameStream(stream: Stream, name: string): void {
    if (name === stream.name) return;
    if (this.streams.hasName(name)) throw new Refusal(STATUS.StreamNameAlreadyExists);
    this.streams.rename(stream, name);
    this.#storage.renameStream(stream.id, name);
  }

  deleteStream(stream: Stream): void {
    for (const { partitions, groups } of stream.topics) {
      this.#partitionsCount -= partitions.length;
      groups.dissolve();
    }
    this.streams.remove(stream);
    this.#storage.deleteStream(stream.id);
  }

  createTopic(stream: Stream, request: NewTopic): Topic {
    const { name, explicitOptions, createdAtMicros } = request;
    const settings = settingsOf(explicitOptions);
    if (stream.topics.hasName(name)) throw new Refusal(STATUS.TopicNameAlreadyExists);
    if (stream.topics.size >= this.#limits.topicsPerStreamMax) {
      throw new Refusal(STATUS.TooManyTopics);
    }
    this.#checkRoomForPartitions(settings, 0, request.partitionsCount);
    const row = { streamId: stream.id, id: stream.topics.nextId, name, createdAtMicros };
    const key = this.#storage.insertTopic({ ...row, options: encodeOptions(explicitOptions) });
    const topic = this.#newTopic({ ...row, key, explicitOptions, settings });
    stream.topics.add(topic);
    this.#addPartitions(topic, request.partitionsCount, createdAtMicros);
    return topic;
  }

  updateTopic(stream: Stream, topic: Topic, name: string, patch: readonly Option[]): void {
    if (name !== topic.name && stream.topics.hasName(name)) {
      throw new Refusal(STATUS.TopicNameAlreadyExists);
    }
    const explicitOptions = patchOptions(topic.explicitOptions, patch);
    stream.topics.rename(topic, name);
    topic.explicitOptions = explicitOptions;
    topic.settings = settingsOf(explicitOptions);
    this.#storage.updateTopic(topic.key, name, encodeOptions(explicitOptions));
  }

  deleteTopic(stream: Stream, topic: Topic): void {
    this.#partitionsCount -= topic.partitions.length;
    topic.groups.dissolve();
    stream.topics.remove(topic);
    this.#storage.deleteTopic(topic.key);
  }

  createPartitions(topic: Topic, count: number, createdAtMicros: bigint): void {
    this.#checkRoomForPartitions(topic.settings, topic.partitions.length, count);
    this.#addPartitions(topic, count, createdAtMicros);
    topic.groups.dealAnew();
  }

  /** From the end, so that the ids of the rest stay what they are. */
  deletePartitions(topic: Topic, count: number): void {
    if (count > topic.partitions.length) throw new Refusal(STATUS.InvalidPartitionsCount);
    for (const partition of topic.partitions.splice(topic.partitions.length - count)) {
      partition.drop();
    }
    this.#partitionsCount -= count;
    topic.groups.dealAnew();
  }

  #newTopic(row: TopicRow): Topic {
    const partitions: PartitionLog[] = [];
    const { key, streamId, id: topicId } = row;
    const groups = new TopicGroups({
      topic: { key, streamId, topicId, partitions },
      storage: this.#storage,
      memberships: this.memberships,
      limits: this.#limits,
    });
    return { ...row, partitions, groups, nextBalanced: 0 };
  }

  #checkRoomForPartitions(settings: TopicSettings, existing: number, more: number): void {
    const tooMany =
      existing + more > PARTITIONS_PER_TOPIC_MAX ||
      this.#partitionsCount + more > this.#limits.partitionsMax;
    if (tooMany) throw new Refusal(STATUS.PartitionIdSpaceExhausted);
    if (!fitsPreallocation(settings, existing + more)) {
      throw new Refusal(STATUS.InvalidOptionValue);
    }
  }

  #addPartitions(topic: Topic, count: number, createdAtMicros: bigint): void {
    for (let added = 0; added < count; added += 1) {
      const row = { topicKey: topic.key, id: topic.partitions.length, createdAtMicros };
      const partition = PartitionLog.create(this.#storage, this.#recent, row, this.#limits);
      topic.partitions.push(partition);
    }
    this.#partitionsCount += count;
  }

  #restore(stored: StoredState): void {
    for (const stream of stored.streams) {
      this.streams.add({ ...stream, topics: new Registry<Topic>() });
    }
    const topics = new Map<number, Topic>();
    for (const { streamId, key, id, name, createdAtMicros, options } of stored.topics) {
      const stream = this.streams.find({ kind: 'numeric', value: streamId });
      invariant(stream, `topic ${key} is stored without its stream`);
      const explicitOptions = readOptions(new ByteReader(options));
      const settings = settingsOf(explicitOptions);
      const row = { streamId, key, id, name, createdAtMicros, explicitOptions, settings };
      const topic = this.#newTopic(row);
      stream.topics.add(topic);
      topics.set(key, topic);
    }
    this.#restorePartitions(stored, topics);
    for (const { topicKey, id, name } of stored.groups)
      topics.get(topicKey)?.groups.restore(id, name);
    for (const { topicKey, id } of stored.nextGroups)
      topics.get(topicKey)?.groups.restoreNextId(id);
  }

  #restorePartitions(stored: StoredState, topics: ReadonlyMap<number, Topic>): void {
    const partitions = new Map<number, PartitionLog>();
    for (const row of stored.partitions) {
      const siblings = topics.get(row.topicKey)?.partitions;
      invariant(siblings?.length === row.id, `partition ${row.key} is stored out of place`);
      const partition = new PartitionLog(this.#storage, this.#recent, row, this.#limits);
      siblings.push(partition);
      partitions.set(row.key, partition);
    }
    this.#partitionsCount = partitions.size;
    for (const { partitionKey, kind, consumerId, offset } of stored.consumerOffsets) {
      invariant(
        kind === CONSUMER_KIND || kind === GROUP_KIND,
        `an offset of the unknown kind ${kind} is stored`,
      );
      const log = partitions.get(partitionKey);
      const offsets = kind === GROUP_KIND ? log?.groups.offsets : log?.offsets;
      offsets?.restore(consumerId, offset);
    }
  }
}

export interface Totals {
  sizeBytes: bigint;
  messagesCount: bigint;
}

export function topicTotals({ partitions }: Topic): Totals {
  return sum(partitions);
}

export function streamTotals({ topics }: Stream): Totals {
  return sum([...topics].map(topicTotals));
}

export function totalGroups({ streams }: Catalog): number {
  let count = 0;
  for (const { topics } of streams) {
    for (const { groups } of topics) count += groups.size;
  }
  return count;
}

/** Of all topics, as they are told one by one. */
export function totalSegments({ streams }: Catalog): number {
  let count = 0;
  for (const { topics } of streams) {
    for (const { partitions, settings } of topics) {
      for (const log of partitions) count += segmentsCount(log, settings.segmentSizeBytes);
    }
  }
  return count;
}

export function catalogTotals({ streams }: Catalog): Totals {
  return sum([...streams].map(streamTotals));
}

function sum(parts: readonly Totals[]): Totals {
  let sizeBytes = 0n;
  let messagesCount = 0n;
  for (const part of parts) {
    sizeBytes += part.sizeBytes;
    messagesCount += part.messagesCount;
  }
  return { sizeBytes, messagesCount };
}

function encodeOptions(options: readonly Option[]): Buffer {
  const out = new ByteWriter();
  writeOptions(out, options);
  return out.finish();
}
