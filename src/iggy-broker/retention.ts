import { type Catalog, type Stream, type Topic, topicTotals } from './catalog.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { releasedEnd, truncateReleased } from './log/truncation.ts';

/** "Never" and "unlimited". */
const U64_MAX = 0xffff_ffff_ffff_ffffn;
/** What one slice does at most: some milliseconds' work. */
const PARTITIONS_PER_SLICE = 1024;
const TRUNCATIONS_PER_SLICE = 16;
/** Of one partition, before it is asked again which one holds the oldest messages. */
const STEP_BYTES = 1024n * 1024n;

/**
 * Removes what a topic's `message_expiry` and `max_topic_size` say, from the oldest message on.
 *
 * The official server can only remove whole files, so it removes less and later. Here the unit is the
 * batch: it goes when it has expired, or when the topic is too large and no other partition of it has
 * older ones. As there, what some consumer has stored an offset before is kept, however old and large it
 * is (iggy-vsr-0.11 §10), and the size alone never takes the newest batch of a partition.
 */
export class Retention {
  readonly #catalog: Catalog;
  #pass: Iterator<Work, undefined> | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * One bounded slice of a pass over everything; false at its end. Between groups only; what it writes
   * has to be committed.
   */
  slice(nowMicros: bigint): boolean {
    this.#pass ??= this.#work(nowMicros);
    let partitions = 0;
    let truncations = 0;
    while (partitions < PARTITIONS_PER_SLICE && truncations < TRUNCATIONS_PER_SLICE) {
      const { done, value } = this.#pass.next();
      if (done) {
        this.#pass = undefined;
        return false;
      }
      if (value === 'truncated') truncations += 1;
      else partitions += 1;
    }
    return true;
  }

  /** Goes on over what is left, whatever was made or deleted between two slices. */
  *#work(nowMicros: bigint): Generator<Work, undefined> {
    for (const stream of this.#catalog.streams) {
      for (const topic of stream.topics) {
        const exists = (): boolean => this.#exists(stream, topic);
        yield* expire(topic, nowMicros, exists);
        yield* shrink(topic, exists);
        yield 'looked';
      }
    }
  }

  #exists(stream: Stream, topic: Topic): boolean {
    const { streams } = this.#catalog;
    return (
      streams.find({ kind: 'numeric', value: stream.id }) === stream &&
      stream.topics.find({ kind: 'numeric', value: topic.id }) === topic
    );
  }
}

type Work = 'looked' | 'truncated';

function* expire(topic: Topic, nowMicros: bigint, exists: () => boolean): Generator<Work> {
  for (let id = 0; exists() && id < topic.partitions.length; id += 1) {
    const { messageExpiryMicros } = topic.settings;
    if (messageExpiryMicros === U64_MAX) return;
    const log = topic.partitions[id];
    const expiredAt = nowMicros - messageExpiryMicros;
    if (log?.oldestMicros !== undefined && log.oldestMicros <= expiredAt) {
      // Asked first: where a consumer holds everything back, there is no need to search.
      const isHeld = releasedEnd(log) === log.firstOffset;
      if (!isHeld && truncateReleased(log, log.offsetAt(expiredAt + 1n))) yield 'truncated';
    }
    yield 'looked';
  }
}

function* shrink(topic: Topic, exists: () => boolean): Generator<Work> {
  /** Those that may not lose more in this pass. */
  const spent = new Set<PartitionLog>();
  while (exists() && topic.settings.topicSizeBytesMax !== U64_MAX) {
    const excess = topicTotals(topic).sizeBytes - topic.settings.topicSizeBytesMax;
    if (excess <= 0n) return;
    const log = oldestOf(topic.partitions.filter((partition) => !spent.has(partition)));
    if (log === undefined) return;
    const step = excess < STEP_BYTES ? excess : STEP_BYTES;
    const end = log.offsetBehind(log.startBytes + step);
    const newest = log.newestBatchOffset;
    if (truncateReleased(log, end < newest ? end : newest)) {
      yield 'truncated';
    } else {
      spent.add(log);
      yield 'looked';
    }
  }
}

function oldestOf(logs: readonly PartitionLog[]): PartitionLog | undefined {
  let oldest: PartitionLog | undefined;
  let oldestMicros = U64_MAX;
  for (const log of logs) {
    const micros = log.oldestMicros;
    if (micros === undefined || micros >= oldestMicros) continue;
    oldest = log;
    oldestMicros = micros;
  }
  return oldest;
}
