import { type Identifier, STATUS, type TopicTarget } from '../../iggy-protocol/index.ts';
import type { Catalog, Stream, Topic } from '../catalog.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';

export interface FoundTopic {
  stream: Stream;
  topic: Topic;
}

export function requireStream(catalog: Catalog, identifier: Identifier): Stream {
  const stream = catalog.streams.find(identifier);
  if (stream === undefined) throw new Refusal(STATUS.StreamIdNotFound);
  return stream;
}

export function findTopic(catalog: Catalog, target: TopicTarget): FoundTopic | undefined {
  const stream = catalog.streams.find(target.stream);
  const topic = stream?.topics.find(target.topic);
  return stream && topic && { stream, topic };
}

export function requireTopic(catalog: Catalog, target: TopicTarget): FoundTopic {
  const stream = requireStream(catalog, target.stream);
  const topic = stream.topics.find(target.topic);
  if (topic === undefined) throw new Refusal(STATUS.TopicIdNotFound);
  return { stream, topic };
}

/** A partition that is not named is the first one (iggy-vsr-0.11 §3.6). */
export function requirePartition({ partitions }: Topic, id: number | null): PartitionLog {
  const partition = partitions[id ?? 0];
  if (partition === undefined) throw new Refusal(STATUS.PartitionNotFound);
  return partition;
}
