import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import { Operation } from '../operations.ts';
import {
  type Option,
  readOptions,
  readSizedOptions,
  writeOptions,
  writeSizedOptions,
} from '../options.ts';
import { expectCount, readCounted, readToEnd, writeAll } from '../sequence.ts';
import { readName, writeName } from '../text.ts';
import {
  readTopicHeader,
  TOPIC_HEADER_BYTES_MIN,
  type TopicHeader,
  writeTopicHeader,
} from './topic-header.ts';

export interface Stream {
  id: number;
  /** Microseconds since the Unix epoch. */
  createdAt: bigint;
  topicsCount: number;
  sizeBytes: bigint;
  messagesCount: bigint;
  name: string;
  options: readonly Option[];
}

/**
 * Stream (iggy-vsr-0.11 §3.2):
 *
 *     id              u32
 *     created_at      u64
 *     topics_count    u32
 *     size_bytes      u64
 *     messages_count  u64
 *     name            NAME
 *     options         TLV32
 */
function writeStream(out: ByteWriter, value: Stream): void {
  out.u32(value.id).u64(value.createdAt).u32(value.topicsCount);
  out.u64(value.sizeBytes).u64(value.messagesCount);
  writeName(out, value.name);
  writeSizedOptions(out, value.options);
}

function readStream(input: ByteReader): Stream {
  return {
    id: input.u32(),
    createdAt: input.u64(),
    topicsCount: input.u32(),
    sizeBytes: input.u64(),
    messagesCount: input.u64(),
    name: readName(input),
    options: readSizedOptions(input),
  };
}

const stream: Codec<Stream> = { write: writeStream, read: readStream };

export interface StreamDetails {
  stream: Stream;
  topics: readonly TopicHeader[];
}

/**
 *     stream  Stream
 *     topics  topics_count x TopicHeader
 */
const streamDetails: Codec<StreamDetails> = {
  write(out, value) {
    expectCount(value.stream.topicsCount, value.topics);
    writeStream(out, value.stream);
    writeAll(out, value.topics, writeTopicHeader);
  },
  read(input) {
    const header = readStream(input);
    const count = header.topicsCount;
    const topics = readCounted(input, count, TOPIC_HEADER_BYTES_MIN, readTopicHeader);
    return { stream: header, topics };
  },
};

export interface StreamTarget {
  stream: Identifier;
}

/**
 *     stream  Identifier
 */
const streamTarget: Codec<StreamTarget> = {
  write(out, target) {
    writeIdentifier(out, target.stream);
  },
  read: (input) => ({ stream: readIdentifier(input) }),
};

export const getStream: Command<StreamTarget, StreamDetails | null> = {
  name: 'get_stream',
  code: 200,
  operation: Operation.NonReplicated,
  request: streamTarget,
  response: orNull(streamDetails),
};

export interface GetStreamsResponse {
  streams: readonly Stream[];
}

/** Streams to the end. */
const getStreamsResponse: Codec<GetStreamsResponse> = {
  write(out, { streams }) {
    writeAll(out, streams, writeStream);
  },
  read: (input) => ({ streams: readToEnd(input, readStream) }),
};

export const getStreams: Command<Empty, GetStreamsResponse> = {
  name: 'get_streams',
  code: 201,
  operation: Operation.NonReplicated,
  request: empty,
  response: getStreamsResponse,
};

export interface CreateStreamRequest {
  name: string;
  options: readonly Option[];
}

/**
 *     name     NAME
 *     options  OPT
 */
const createStreamRequest: Codec<CreateStreamRequest> = {
  write(out, { name, options }) {
    writeName(out, name);
    writeOptions(out, options);
  },
  read: (input) => ({ name: readName(input), options: readOptions(input) }),
};

export const createStream: Command<CreateStreamRequest, Stream> = {
  name: 'create_stream',
  code: 202,
  operation: Operation.CreateStream,
  request: createStreamRequest,
  response: stream,
};

export interface UpdateStreamRequest {
  stream: Identifier;
  name: string;
  options: readonly Option[];
}

/**
 *     stream   Identifier
 *     name     NAME
 *     options  OPT
 */
const updateStreamRequest: Codec<UpdateStreamRequest> = {
  write(out, request) {
    writeIdentifier(out, request.stream);
    writeName(out, request.name);
    writeOptions(out, request.options);
  },
  read: (input) => ({
    stream: readIdentifier(input),
    name: readName(input),
    options: readOptions(input),
  }),
};

export const updateStream: Command<UpdateStreamRequest, Empty> = {
  name: 'update_stream',
  code: 204,
  operation: Operation.UpdateStream,
  request: updateStreamRequest,
  response: empty,
};

export const deleteStream: Command<StreamTarget, Empty> = {
  name: 'delete_stream',
  code: 203,
  operation: Operation.DeleteStream,
  request: streamTarget,
  response: empty,
};

export const purgeStream: Command<StreamTarget, Empty> = {
  name: 'purge_stream',
  code: 205,
  operation: Operation.PurgeStream,
  request: streamTarget,
  response: empty,
};
