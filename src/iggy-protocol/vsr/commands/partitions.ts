import { empty, type Empty } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { Operation } from '../operations.ts';
import { topicTarget, type TopicTarget } from './topic-target.ts';

export interface PartitionsRequest extends TopicTarget {
  /** How many to add, or to remove from the end. */
  count: number;
}

/**
 *     stream  Identifier
 *     topic   Identifier
 *     count   u32
 */
const partitionsRequest: Codec<PartitionsRequest> = {
  write(out, request) {
    topicTarget.write(out, request);
    out.u32(request.count);
  },
  read: (input) => ({ ...topicTarget.read(input), count: input.u32() }),
};

export const createPartitions: Command<PartitionsRequest, Empty> = {
  name: 'create_partitions',
  code: 402,
  operation: Operation.CreatePartitions,
  request: partitionsRequest,
  response: empty,
};

export const deletePartitions: Command<PartitionsRequest, Empty> = {
  name: 'delete_partitions',
  code: 403,
  operation: Operation.DeletePartitions,
  request: partitionsRequest,
  response: empty,
};

export interface DeleteSegmentsRequest extends TopicTarget {
  partition: number;
  /** How many of the oldest to delete. */
  segments: number;
}

/**
 *     stream     Identifier
 *     topic      Identifier
 *     partition  u32
 *     segments   u32
 */
const deleteSegmentsRequest: Codec<DeleteSegmentsRequest> = {
  write(out, request) {
    topicTarget.write(out, request);
    out.u32(request.partition).u32(request.segments);
  },
  read: (input) => ({
    ...topicTarget.read(input),
    partition: input.u32(),
    segments: input.u32(),
  }),
};

export const deleteSegments: Command<DeleteSegmentsRequest, Empty> = {
  name: 'delete_segments',
  code: 503,
  operation: Operation.DeleteSegments,
  request: deleteSegmentsRequest,
  response: empty,
};
