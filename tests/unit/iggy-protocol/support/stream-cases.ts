import * as fc from 'fast-check';

import { commands, EMPTY } from '../../../../src/iggy-protocol/index.ts';
import * as any from './arbitraries.ts';
import { type Case, cases } from './case.ts';

const nothing = fc.constant(EMPTY);
const streamTarget = fc.record({ stream: any.identifier });
const topicTarget = fc.record({ stream: any.identifier, topic: any.identifier });

const streamDetails = fc
  .record({ stream: any.stream, topics: fc.array(any.topicHeader, { maxLength: 3 }) })
  .map(({ stream, topics }) => ({ stream: { ...stream, topicsCount: topics.length }, topics }));

const partition = fc.record({
  id: any.u32,
  createdAt: any.u64,
  segmentsCount: any.u32,
  currentOffset: any.u64,
  sizeBytes: any.u64,
  messagesCount: any.u64,
});

const topicDetails = fc
  .record({ topic: any.topicHeader, partitions: fc.array(partition, { maxLength: 4 }) })
  .map(({ topic, partitions }) => ({
    topic: { ...topic, partitionsCount: partitions.length },
    partitions,
  }));

const streamAndTopicCases = [
  ...cases(commands.getStream, streamTarget, fc.option(streamDetails)),
  ...cases(
    commands.getStreams,
    nothing,
    fc.record({ streams: fc.array(any.stream, { maxLength: 3 }) }),
  ),
  ...cases(commands.createStream, fc.record({ name: any.name, options: any.options }), any.stream),
  ...cases(
    commands.updateStream,
    fc.record({ stream: any.identifier, name: any.name, options: any.options }),
    nothing,
  ),
  ...cases(commands.deleteStream, streamTarget, nothing),
  ...cases(commands.purgeStream, streamTarget, nothing),
  ...cases(commands.getTopic, topicTarget, fc.option(topicDetails)),
  ...cases(
    commands.getTopics,
    streamTarget,
    fc.record({ topics: fc.array(any.topicHeader, { maxLength: 3 }) }),
  ),
  ...cases(
    commands.createTopic,
    fc.record({
      stream: any.identifier,
      name: any.name,
      partitionsCount: any.u32,
      options: any.options,
    }),
    topicDetails,
  ),
  ...cases(
    commands.updateTopic,
    fc.record({
      stream: any.identifier,
      topic: any.identifier,
      name: any.name,
      options: any.options,
    }),
    nothing,
  ),
  ...cases(commands.deleteTopic, topicTarget, nothing),
  ...cases(commands.purgeTopic, topicTarget, nothing),
];

const partitionsRequest = fc.record({
  stream: any.identifier,
  topic: any.identifier,
  count: any.u32,
});

const partitionCases = [
  ...cases(commands.createPartitions, partitionsRequest, nothing),
  ...cases(commands.deletePartitions, partitionsRequest, nothing),
  ...cases(
    commands.deleteSegments,
    fc.record({
      stream: any.identifier,
      topic: any.identifier,
      partition: any.u32,
      segments: any.u32,
    }),
    nothing,
  ),
];

/** Where messages are kept: streams, topics and partitions. */
export const streamCases: readonly Case[] = [...streamAndTopicCases, ...partitionCases];
