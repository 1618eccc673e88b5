import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import { Operation } from '../operations.ts';
import { type Option, readOptions, writeOptions } from '../options.ts';
import { expectCount, readCounted, writeAll } from '../sequence.ts';
import { readName, writeName } from '../text.ts';
import {
  readTopicHeader,
  TOPIC_HEADER_BYTES_MIN,
  type TopicHeader,
  writeTopicHeader,
} from './topic-header.ts';
import { topicTarget, type TopicTarget } from './topic-target.ts';

export interface Partition {
  id: number;
  /** Microseconds since the Unix epoch. */
  createdAt: bigint;
  segmentsCount: number;
  /** Of the last message; 0 if there is none. */
  currentOffset: bigint;
  sizeBytes: bigint;
  messagesCount: bigint;
}

const PARTITION_BYTES = 40;

/**
 * Partition (iggy-vsr-0.11 §3.3):
 *
 *     id              u32
 *     created_at      u64
 *     segments_count  u32
 *     current_offset  u64
 *     size_bytes      u64
 *     messages_count  u64
 */
function writePartition(out: ByteWriter, partition: Partition): void {
  out.u32(partition.id).u64(partition.createdAt).u32(partition.segmentsCount);
  out.u64(partition.currentOffset).u64(partition.sizeBytes).u64(partition.messagesCount);
}

function readPartition(input: ByteReader): Partition {
  return {
    id: input.u32(),
    createdAt: input.u64(),
    segmentsCount: input.u32(),
    currentOffset: input.u64(),
    sizeBytes: input.u64(),
    messagesCount: input.u64(),
  };
}

export interface TopicDetails {
  topic: TopicHeader;
  partitions: readonly Partition[];
}

/**
 *     topic       TopicHeader
 *     partitions  partitions_count x Partition
 */
const topicDetails: Codec<TopicDetails> = {
  write(out, { topic, partitions }) {
    expectCount(topic.partitionsCount, partitions);
    writeTopicHeader(out, topic);
    writeAll(out, partitions, writePartition);
  },
  read(input) {
    const topic = readTopicHeader(input);
    const count = topic.partitionsCount;
    return { topic, partitions: readCounted(input, count, PARTITION_BYTES, readPartition) };
  },
};

export const getTopic: Command<TopicTarget, TopicDetails | null> = {
  name: 'get_topic',
  code: 300,
  operation: Operation.NonReplicated,
  request: topicTarget,
  response: orNull(topicDetails),
};

export interface GetTopicsRequest {
  stream: Identifier;
}

/**
 *     stream  Identifier
 */
const getTopicsRequest: Codec<GetTopicsRequest> = {
  write(out, { stream }) {
    writeIdentifier(out, stream);
  },
  read: (input) => ({ stream: readIdentifier(input) }),
};

export interface GetTopicsResponse {
  topics: readonly TopicHeader[];
}

/**
 *     count   u32
 *     topics  count x TopicHeader
 */
const getTopicsResponse: Codec<GetTopicsResponse> = {
  write(out, { topics }) {
    out.u32(topics.length);
    writeAll(out, topics, writeTopicHeader);
  },
  read: (input) => ({
    topics: readCounted(input, input.u32(), TOPIC_HEADER_BYTES_MIN, readTopicHeader),
  }),
};

export const getTopics: Command<GetTopicsRequest, GetTopicsResponse> = {
  name: 'get_topics',
  code: 301,
  operation: Operation.NonReplicated,
  request: getTopicsRequest,
  response: getTopicsResponse,
};

export interface CreateTopicRequest {
  stream: Identifier;
  name: string;
  partitionsCount: number;
  options: readonly Option[];
}

/**
 *     stream            Identifier
 *     partitions_count  u32
 *     name              NAME
 *     options           OPT
 */
const createTopicRequest: Codec<CreateTopicRequest> = {
  write(out, { stream, name, partitionsCount, options }) {
    writeIdentifier(out, stream);
    out.u32(partitionsCount);
    writeName(out, name);
    writeOptions(out, options);
  },
  read: (input) => ({
    stream: readIdentifier(input),
    partitionsCount: input.u32(),
    name: readName(input),
    options: readOptions(input),
  }),
};

export const createTopic: Command<CreateTopicRequest, TopicDetails> = {
  name: 'create_topic',
  code: 302,
  operation: Operation.CreateTopic,
  request: createTopicRequest,
  response: topicDetails,
};

export interface UpdateTopicRequest extends TopicTarget {
  name: string;
  options: readonly Option[];
}

/**
 *     stream   Identifier
 *     topic    Identifier
 *     name     NAME
 *     options  OPT
 */
const updateTopicRequest: Codec<UpdateTopicRequest> = {
  write(out, request) {
    topicTarget.write(out, request);
    writeName(out, request.name);
    writeOptions(out, request.options);
  },
  read: (input) => ({
    ...topicTarget.read(input),
    name: readName(input),
    options: readOptions(input),
  }),
};

export const updateTopic: Command<UpdateTopicRequest, Empty> = {
  name: 'update_topic',
  code: 304,
  operation: Operation.UpdateTopic,
  request: updateTopicRequest,
  response: empty,
};

export const deleteTopic: Command<TopicTarget, Empty> = {
  name: 'delete_topic',
  code: 303,
  operation: Operation.DeleteTopic,
  request: topicTarget,
  response: empty,
};

export const purgeTopic: Command<TopicTarget, Empty> = {
  name: 'purge_topic',
  code: 305,
  operation: Operation.PurgeTopic,
  request: topicTarget,
  response: empty,
};
