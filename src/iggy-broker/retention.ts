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
  let excess = excessOf(topic);
  if (excess <= 0n) return;
  /** Those that may lose something, the one with the oldest messages first. */
  const line: Candidate[] = [];
  for (const log of topic.partitions) {
    const { oldestMicros } = log;
    if (oldestMicros !== undefined) line.push({ log, oldestMicros });
    yield 'looked';
  }
  line.sort((one, other) => Number(one.oldestMicros - other.oldestMicros));
  for (let first = 0; excess > 0n && exists() && first < line.length; first += 1) {
    const log = line[first]?.log;
    // It may have been deleted between two slices.
    if (log === undefined || topic.partitions[log.id] !== log) continue;
    const { sizeBytes, newestBatchOffset: newest } = log;
    const end = log.offsetBehind(log.startBytes + (excess < STEP_BYTES ? excess : STEP_BYTES));
    if (!truncateReleased(log, end < newest ? end : newest)) {
      yield 'looked';
      continue;
    }
    excess -= sizeBytes - log.sizeBytes;
    const { oldestMicros } = log;
    if (oldestMicros !== undefined) insert(line, first + 1, { log, oldestMicros });
    yield 'truncated';
  }
}

interface Candidate {
  readonly log: PartitionLog;
  readonly oldestMicros: bigint;
}

function excessOf(topic: Topic): bigint {
  const { topicSizeBytesMax } = topic.settings;
  return topicSizeBytesMax === U64_MAX ? 0n : topicTotals(topic).sizeBytes - topicSizeBytesMax;
}

/** Keeps what stands from `start` on in order; behind its equals. */
function insert(line: Candidate[], start: number, candidate: Candidate): void {
  let [low, high] = [start, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = (line[middle]?.oldestMicros ?? 0n) <= candidate.oldestMicros;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  line.splice(low, 0, candidate);
}
