import { ByteReader, type ByteWriter } from '../../bytes.ts';
import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import {
  type Consumer,
  readConsumer,
  readOptionalPartition,
  writeConsumer,
  writeOptionalPartition,
} from '../consumer.ts';
import { Operation } from '../operations.ts';
import { type Partitioning, readPartitioning, writePartitioning } from '../partitioning.ts';
import {
  type PollingStrategy,
  readPollingStrategy,
  writePollingStrategy,
} from '../polling-strategy.ts';
import { readCounted, writeAll } from '../sequence.ts';
import { topicTarget, type TopicTarget } from './topic-target.ts';

export interface SendMessagesRequest extends TopicTarget {
  partitioning: Partitioning;
  messagesCount: number;
  /** What `encodeBatch` made; not looked into here. */
  batch: Buffer;
}

/**
 * Send (iggy-vsr-0.11 §3.5):
 *
 *     metadata_length  u32            bytes from here to the batch
 *     stream           Identifier
 *     topic            Identifier
 *     partitioning     Partitioning
 *     messages_count   u32
 *     batch            to the end
 */
const sendMessagesRequest: Codec<SendMessagesRequest> = {
  write(out, request) {
    const start = out.length;
    topicTarget.write(out.u32(0), request);
    writePartitioning(out, request.partitioning);
    out.u32(request.messagesCount);
    out.patchU32(start, out.length - start - 4);
    out.bytes(request.batch);
  },
  read(input) {
    const metadata = new ByteReader(input.bytes(input.u32()));
    return {
      ...topicTarget.read(metadata),
      partitioning: readPartitioning(metadata),
      messagesCount: metadata.u32(),
      batch: input.rest(),
    };
  },
};

/** Where a batch was stored. */
export interface Confirmation {
  streamId: number;
  topicId: number;
  partitionId: number;
  /** Of the batch's first message. */
  baseOffset: bigint;
}

const CONFIRMATION_BYTES = 20;

/**
 *     stream_id     u32
 *     topic_id      u32
 *     partition_id  u32
 *     base_offset   u64
 */
function writeConfirmation(out: ByteWriter, confirmation: Confirmation): void {
  out.u32(confirmation.streamId).u32(confirmation.topicId).u32(confirmation.partitionId);
  out.u64(confirmation.baseOffset);
}

function readConfirmation(input: ByteReader): Confirmation {
  return {
    streamId: input.u32(),
    topicId: input.u32(),
    partitionId: input.u32(),
    baseOffset: input.u64(),
  };
}

export interface SendMessagesResponse {
  /** One; or none, if the server recognised a batch it already had. */
  confirmations: readonly Confirmation[];
}

/**
 * Confirmations. An empty body says the same as a count of 0 (iggy-vsr-0.11 §0, change 9); bytes
 * behind the last one are refused (§3.5).
 *
 *     count          u32
 *     confirmations  count x Confirmation
 */
const sendMessagesResponse: Codec<SendMessagesResponse> = {
  write(out, { confirmations }) {
    out.u32(confirmations.length);
    writeAll(out, confirmations, writeConfirmation);
  },
  read(input) {
    if (input.remaining === 0) return { confirmations: [] };
    const count = input.u32();
    const confirmations = readCounted(input, count, CONFIRMATION_BYTES, readConfirmation);
    input.end();
    return { confirmations };
  },
};

export const sendMessages: Command<SendMessagesRequest, SendMessagesResponse> = {
  name: 'send_messages',
  code: 101,
  operation: Operation.SendMessages,
  request: sendMessagesRequest,
  response: sendMessagesResponse,
};

export interface PollMessagesRequest extends TopicTarget {
  consumer: Consumer;
  partition: number | null;
  strategy: PollingStrategy;
  count: number;
  /** Store the offset of the last message served. */
  autoCommit: boolean;
}

/**
 * Poll (iggy-vsr-0.11 §3.5):
 *
 *     consumer     Consumer
 *     stream       Identifier
 *     topic        Identifier
 *     partition    PART?
 *     strategy     PollingStrategy
 *     count        u32
 *     auto_commit  bool
 */
export const pollMessagesRequest: Codec<PollMessagesRequest> = {
  write(out, request) {
    writeConsumer(out, request.consumer);
    topicTarget.write(out, request);
    writeOptionalPartition(out, request.partition);
    writePollingStrategy(out, request.strategy);
    out.u32(request.count).bool(request.autoCommit);
  },
  read: (input) => ({
    consumer: readConsumer(input),
    ...topicTarget.read(input),
    partition: readOptionalPartition(input),
    strategy: readPollingStrategy(input),
    count: input.u32(),
    autoCommit: input.bool(),
  }),
};

export interface PollMessagesResponse {
  /** 4294967295 with no messages: the caller's group assignment is stale. */
  partition: number;
  /** Of the partition's last message; 0 if there is none. */
  currentOffset: bigint;
  messagesCount: number;
  /** Batch records, for `readRecords`; not looked into here. */
  records: Buffer;
}

/**
 *     partition       u32
 *     current_offset  u64
 *     messages_count  u32
 *     records         to the end
 */
export const pollMessagesResponse: Codec<PollMessagesResponse> = {
  write(out, { partition, currentOffset, messagesCount, records }) {
    out.u32(partition).u64(currentOffset).u32(messagesCount).bytes(records);
  },
  read: (input) => ({
    partition: input.u32(),
    currentOffset: input.u64(),
    messagesCount: input.u32(),
    records: input.rest(),
  }),
};

export const pollMessages: Command<PollMessagesRequest, PollMessagesResponse> = {
  name: 'poll_messages',
  code: 100,
  operation: Operation.NonReplicated,
  request: pollMessagesRequest,
  response: pollMessagesResponse,
};

export interface FlushUnsavedBufferRequest extends TopicTarget {
  partition: number;
  fsync: boolean;
}

/**
 *     stream     Identifier
 *     topic      Identifier
 *     partition  u32
 *     fsync      bool
 */
const flushUnsavedBufferRequest: Codec<FlushUnsavedBufferRequest> = {
  write(out, request) {
    topicTarget.write(out, request);
    out.u32(request.partition).bool(request.fsync);
  },
  read: (input) => ({ ...topicTarget.read(input), partition: input.u32(), fsync: input.bool() }),
};

/** Servers of this generation answer "feature unavailable". */
export const flushUnsavedBuffer: Command<FlushUnsavedBufferRequest, Empty> = {
  name: 'flush_unsaved_buffer',
  code: 102,
  operation: Operation.NonReplicated,
  request: flushUnsavedBufferRequest,
  response: empty,
};
