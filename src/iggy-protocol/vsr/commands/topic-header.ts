import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { type Option, readSizedOptions, writeSizedOptions } from '../options.ts';
import { readName, writeName } from '../text.ts';

export interface TopicHeader {
  id: number;
  /** Microseconds since the Unix epoch. */
  createdAt: bigint;
  partitionsCount: number;
  /** Microseconds; 2^64 - 1 is never. */
  messageExpiry: bigint;
  /** 1 none, 2 gzip. */
  compressionAlgorithm: number;
  /** Bytes; 2^64 - 1 is unlimited. */
  maxTopicSize: bigint;
  sizeBytes: bigint;
  messagesCount: bigint;
  name: string;
  /** What was asked for. */
  explicitOptions: readonly Option[];
  /** What the server chose for the rest. */
  derivedOptions: readonly Option[];
}

/** Bytes of a topic with a name of one byte and no options. */
export const TOPIC_HEADER_BYTES_MIN = 59;

/**
 * Topic header (iggy-vsr-0.11 §3.3):
 *
 *     id                     u32
 *     created_at             u64
 *     partitions_count       u32
 *     message_expiry         u64
 *     compression_algorithm  u8
 *     max_topic_size         u64
 *     size_bytes             u64
 *     messages_count         u64
 *     name                   NAME
 *     explicit_options       TLV32
 *     derived_options        TLV32
 */
export function writeTopicHeader(out: ByteWriter, topic: TopicHeader): void {
  out.u32(topic.id).u64(topic.createdAt).u32(topic.partitionsCount);
  out.u64(topic.messageExpiry).u8(topic.compressionAlgorithm).u64(topic.maxTopicSize);
  out.u64(topic.sizeBytes).u64(topic.messagesCount);
  writeName(out, topic.name);
  writeSizedOptions(out, topic.explicitOptions);
  writeSizedOptions(out, topic.derivedOptions);
}

export function readTopicHeader(input: ByteReader): TopicHeader {
  return {
    id: input.u32(),
    createdAt: input.u64(),
    partitionsCount: input.u32(),
    messageExpiry: input.u64(),
    compressionAlgorithm: input.u8(),
    maxTopicSize: input.u64(),
    sizeBytes: input.u64(),
    messagesCount: input.u64(),
    name: readName(input),
    explicitOptions: readSizedOptions(input),
    derivedOptions: readSizedOptions(input),
  };
}
