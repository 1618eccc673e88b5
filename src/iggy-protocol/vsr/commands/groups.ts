import type { ByteReader, ByteWriter } from '../../bytes.ts';
import { empty, type Empty, orNull } from '../codec.ts';
import type { Codec, Command } from '../command.ts';
import { type Identifier, readIdentifier, writeIdentifier } from '../identifier.ts';
import { Operation } from '../operations.ts';
import { expectCount, readCounted, readToEnd, writeAll } from '../sequence.ts';
import { readName, writeName } from '../text.ts';
import { topicTarget, type TopicTarget } from './topic-target.ts';

export interface GroupTarget extends TopicTarget {
  group: Identifier;
}

/**
 *     stream  Identifier
 *     topic   Identifier
 *     group   Identifier
 */
const groupTarget: Codec<GroupTarget> = {
  write(out, target) {
    topicTarget.write(out, target);
    writeIdentifier(out, target.group);
  },
  read: (input) => ({ ...topicTarget.read(input), group: readIdentifier(input) }),
};

export interface ConsumerGroup {
  id: number;
  /** Of the topic. */
  partitionsCount: number;
  membersCount: number;
  name: string;
}

/**
 * Group (iggy-vsr-0.11 §3.7):
 *
 *     id                u32
 *     partitions_count  u32
 *     members_count     u32
 *     name              NAME
 */
function writeGroup(out: ByteWriter, group: ConsumerGroup): void {
  out.u32(group.id).u32(group.partitionsCount).u32(group.membersCount);
  writeName(out, group.name);
}

function readGroup(input: ByteReader): ConsumerGroup {
  return {
    id: input.u32(),
    partitionsCount: input.u32(),
    membersCount: input.u32(),
    name: readName(input),
  };
}

export interface GroupMember {
  id: number;
  /** In the order they were given, which need not be ascending. */
  partitions: readonly number[];
}

const MEMBER_BYTES_MIN = 8;
const PARTITION_ID_BYTES = 4;

/**
 *     id                u32
 *     partitions_count  u32
 *     partitions        partitions_count x u32
 */
function writeMember(out: ByteWriter, { id, partitions }: GroupMember): void {
  out.u32(id);
  writePartitionIds(out, partitions);
}

function readMember(input: ByteReader): GroupMember {
  return { id: input.u32(), partitions: readPartitionIds(input) };
}

function writePartitionIds(out: ByteWriter, partitions: readonly number[]): void {
  out.u32(partitions.length);
  for (const partition of partitions) out.u32(partition);
}

function readPartitionIds(input: ByteReader): number[] {
  return readCounted(input, input.u32(), PARTITION_ID_BYTES, (each) => each.u32());
}

export interface ConsumerGroupDetails {
  group: ConsumerGroup;
  members: readonly GroupMember[];
}

/**
 *     group    Group
 *     members  members_count x Member
 */
const groupDetails: Codec<ConsumerGroupDetails> = {
  write(out, { group, members }) {
    expectCount(group.membersCount, members);
    writeGroup(out, group);
    writeAll(out, members, writeMember);
  },
  read(input) {
    const group = readGroup(input);
    const members = readCounted(input, group.membersCount, MEMBER_BYTES_MIN, readMember);
    return { group, members };
  },
};

export const getConsumerGroup: Command<GroupTarget, ConsumerGroupDetails | null> = {
  name: 'get_consumer_group',
  code: 600,
  operation: Operation.NonReplicated,
  request: groupTarget,
  response: orNull(groupDetails),
};

export interface GetConsumerGroupsResponse {
  groups: readonly ConsumerGroup[];
}

/** Groups to the end. */
const getConsumerGroupsResponse: Codec<GetConsumerGroupsResponse> = {
  write(out, { groups }) {
    writeAll(out, groups, writeGroup);
  },
  read: (input) => ({ groups: readToEnd(input, readGroup) }),
};

export const getConsumerGroups: Command<TopicTarget, GetConsumerGroupsResponse> = {
  name: 'get_consumer_groups',
  code: 601,
  operation: Operation.NonReplicated,
  request: topicTarget,
  response: getConsumerGroupsResponse,
};

export interface CreateConsumerGroupRequest extends TopicTarget {
  name: string;
}

/**
 *     stream  Identifier
 *     topic   Identifier
 *     name    NAME
 */
const createConsumerGroupRequest: Codec<CreateConsumerGroupRequest> = {
  write(out, request) {
    topicTarget.write(out, request);
    writeName(out, request.name);
  },
  read: (input) => ({ ...topicTarget.read(input), name: readName(input) }),
};

export const createConsumerGroup: Command<CreateConsumerGroupRequest, ConsumerGroupDetails> = {
  name: 'create_consumer_group',
  code: 602,
  operation: Operation.CreateConsumerGroup,
  request: createConsumerGroupRequest,
  response: groupDetails,
};

export const deleteConsumerGroup: Command<GroupTarget, Empty> = {
  name: 'delete_consumer_group',
  code: 603,
  operation: Operation.DeleteConsumerGroup,
  request: groupTarget,
  response: empty,
};

export const joinConsumerGroup: Command<GroupTarget, Empty> = {
  name: 'join_consumer_group',
  code: 604,
  operation: Operation.JoinConsumerGroup,
  request: groupTarget,
  response: empty,
};

export const leaveConsumerGroup: Command<GroupTarget, Empty> = {
  name: 'leave_consumer_group',
  code: 605,
  operation: Operation.LeaveConsumerGroup,
  request: groupTarget,
  response: empty,
};

export interface GroupAssignment {
  /** Grows with every change of the group. */
  generation: bigint;
  /** What the caller may poll; not sorted. */
  partitions: readonly number[];
}

/**
 *     generation        u64
 *     partitions_count  u32
 *     partitions        partitions_count x u32
 */
const groupAssignment: Codec<GroupAssignment> = {
  write(out, { generation, partitions }) {
    writePartitionIds(out.u64(generation), partitions);
  },
  read: (input) => ({ generation: input.u64(), partitions: readPartitionIds(input) }),
};

/** Answers null to who is not a member. */
export const syncConsumerGroup: Command<GroupTarget, GroupAssignment | null> = {
  name: 'sync_consumer_group',
  code: 606,
  operation: Operation.NonReplicated,
  request: groupTarget,
  response: orNull(groupAssignment),
};
