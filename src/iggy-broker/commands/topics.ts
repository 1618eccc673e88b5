import {
  createPartitions,
  createTopic,
  deletePartitions,
  deleteSegments,
  deleteTopic,
  EMPTY,
  getTopic,
  getTopics,
  type Partition,
  purgeTopic,
  STATUS,
  type TopicHeader,
  updateTopic,
} from '../../iggy-protocol/index.ts';
import { type Topic, topicTotals } from '../catalog.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { offsetBehindSegments, segmentsCount } from '../log/segments.ts';
import { truncateReleased } from '../log/truncation.ts';
import { notAdmitted } from '../refusal.ts';
import { serve } from '../served.ts';
import { acceptOptions, checkPatch, derivedOptions } from '../topic-options.ts';
import { findTopic, requirePartition, requireStream, requireTopic } from './targets.ts';

/** In one request (iggy-vsr-0.11 §3.3, §3.4). */
const PARTITIONS_MAX = 1000;

export const topicCommands = [
  serve(getTopic, (request, { state: { catalog } }) => {
    const topic = findTopic(catalog, request)?.topic;
    if (topic === undefined) return null;
    return {
      topic: topicHeader(topic),
      partitions: topic.partitions.map((partition) =>
        partitionReply(partition, segmentsCount(partition, topic.settings.segmentSizeBytes)),
      ),
    };
  }),
  // The only list that does not mind a missing parent (iggy-vsr-0.11 §3.3).
  serve(getTopics, (request, { state: { catalog } }) => ({
    topics: catalog.streams.find(request.stream)?.topics.list().map(topicHeader) ?? [],
  })),
  serve(createTopic, (request, { state: { catalog, clock } }) => {
    if (request.partitionsCount > PARTITIONS_MAX) throw notAdmitted(STATUS.TooManyPartitions);
    const topic = catalog.createTopic(requireStream(catalog, request.stream), {
      name: request.name,
      partitionsCount: request.partitionsCount,
      explicitOptions: acceptOptions(request.options),
      createdAtMicros: clock.nowMicros(),
    });
    return {
      topic: topicHeader(topic),
      partitions: topic.partitions.map((partition) => partitionReply(partition, 0)),
    };
  }),
  serve(updateTopic, (request, { state: { catalog } }) => {
    checkPatch(request.options);
    const { stream, topic } = requireTopic(catalog, request);
    catalog.updateTopic(stream, topic, request.name, request.options);
    return EMPTY;
  }),
  serve(deleteTopic, (request, { state: { catalog } }) => {
    const { stream, topic } = requireTopic(catalog, request);
    catalog.deleteTopic(stream, topic);
    return EMPTY;
  }),
  serve(purgeTopic, (request, { state: { catalog } }) => {
    for (const partition of requireTopic(catalog, request).topic.partitions) partition.purge();
    return EMPTY;
  }),
  serve(createPartitions, (request, { state: { catalog, clock } }) => {
    checkCount(request.count);
    const { topic } = requireTopic(catalog, request);
    catalog.createPartitions(topic, request.count, clock.nowMicros());
    return EMPTY;
  }),
  serve(deletePartitions, (request, { state: { catalog } }) => {
    checkCount(request.count);
    catalog.deletePartitions(requireTopic(catalog, request).topic, request.count);
    return EMPTY;
  }),
  serve(deleteSegments, (request, { state: { catalog } }) => {
    const { topic } = requireTopic(catalog, request);
    const log = requirePartition(topic, request.partition);
    const { segmentSizeBytes } = topic.settings;
    truncateReleased(log, offsetBehindSegments(log, segmentSizeBytes, request.segments));
    return EMPTY;
  }),
];

export function topicHeader(topic: Topic): TopicHeader {
  return {
    id: topic.id,
    createdAt: topic.createdAtMicros,
    partitionsCount: topic.partitions.length,
    messageExpiry: topic.settings.messageExpiryMicros,
    compressionAlgorithm: topic.settings.compressionAlgorithm,
    maxTopicSize: topic.settings.topicSizeBytesMax,
    ...topicTotals(topic),
    name: topic.name,
    explicitOptions: topic.explicitOptions,
    derivedOptions: derivedOptions(topic.explicitOptions),
  };
}

function partitionReply(partition: PartitionLog, segments: number): Partition {
  return {
    id: partition.id,
    createdAt: partition.createdAtMicros,
    segmentsCount: segments,
    currentOffset: partition.currentOffset,
    sizeBytes: partition.sizeBytes,
    messagesCount: partition.messagesCount,
  };
}

function checkCount(count: number): void {
  if (count === 0 || count > PARTITIONS_MAX) throw notAdmitted(STATUS.TooManyPartitions);
}
