import { type ByteReader, WireError } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import {
  type Consumer,
  readConsumer,
  readOptionalPartition,
  writeConsumer,
  writeOptionalPartition,
} from '../consumer.ts';
import { Operation } from '../operations.ts';
import { topicTarget, type TopicTarget } from './topic-target.ts';

/** Whose offset, and where; what all commands of this family start with. */
export interface OffsetTarget extends TopicTarget {
  consumer: Consumer;
  partition: number | null;
}

/**
 *     consumer   Consumer
 *     stream     Identifier
 *     topic      Identifier
 *     partition  PART?
 */
export const offsetTarget: Codec<OffsetTarget> = {
  write(out, target) {
    writeConsumer(out, target.consumer);
    topicTarget.write(out, target);
    writeOptionalPartition(out, target.partition);
  },
  read: (input) => ({
    consumer: readConsumer(input),
    ...topicTarget.read(input),
    partition: readOptionalPartition(input),
  }),
};

export interface ConsumerOffset {
  partition: number;
  /** Of the partition's last message. */
  currentOffset: bigint;
  storedOffset: bigint;
}

/**
 *     partition       u32
 *     current_offset  u64
 *     stored_offset   u64
 */
const consumerOffset: Codec<ConsumerOffset> = {
  write(out, { partition, currentOffset, storedOffset }) {
    out.u32(partition).u64(currentOffset).u64(storedOffset);
  },
  read: (input) => ({
    partition: input.u32(),
    currentOffset: input.u64(),
    storedOffset: input.u64(),
  }),
};

/** Answers null where nothing is stored. */
export const getConsumerOffset: Command<OffsetTarget, ConsumerOffset | null> = {
  name: 'get_consumer_offset',
  code: 120,
  operation: Operation.NonReplicated,
  request: offsetTarget,
  response: orNull(consumerOffset),
};

/** 0: answered before it is replicated. 1: after. */
export type Ack = 0 | 1;

function readAck(input: ByteReader): Ack {
  const ack = input.u8();
  if (ack !== 0 && ack !== 1) throw new WireError(`ack ${ack} is neither 0 nor 1`);
  return ack;
}

export interface StoreConsumerOffsetRequest extends OffsetTarget {
  offset: bigint;
  ack: Ack;
}

/**
 *     target  OffsetTarget
 *     offset  u64
 *     ack     u8
 */
const storeConsumerOffsetRequest: Codec<StoreConsumerOffsetRequest> = {
  write(out, request) {
    offsetTarget.write(out, request);
    out.u64(request.offset).u8(request.ack);
  },
  read: (input) => ({
    ...offsetTarget.read(input),
    offset: input.u64(),
    ack: readAck(input),
  }),
};

export const storeConsumerOffset: Command<StoreConsumerOffsetRequest, Empty> = {
  name: 'store_consumer_offset',
  code: 121,
  operation: Operation.StoreConsumerOffset,
  request: storeConsumerOffsetRequest,
  response: empty,
};

export interface DeleteConsumerOffsetRequest extends OffsetTarget {
  ack: Ack;
}

/**
 *     target  OffsetTarget
 *     ack     u8
 */
const deleteConsumerOffsetRequest: Codec<DeleteConsumerOffsetRequest> = {
  write(out, request) {
    offsetTarget.write(out, request);
    out.u8(request.ack);
  },
  read: (input) => ({ ...offsetTarget.read(input), ack: readAck(input) }),
};

export const deleteConsumerOffset: Command<DeleteConsumerOffsetRequest, Empty> = {
  name: 'delete_consumer_offset',
  code: 122,
  operation: Operation.DeleteConsumerOffset,
  request: deleteConsumerOffsetRequest,
  response: empty,
};
