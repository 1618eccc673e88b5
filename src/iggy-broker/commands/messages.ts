import {
  BatchChecksumError,
  checkBatch,
  HEADER_BYTES,
  MessageChecksumError,
  type Partitioning,
  pollMessages,
  type PollMessagesRequest,
  type PollMessagesResponse,
  sendMessages,
  type SendMessagesRequest,
  type SendMessagesResponse,
  STATUS,
  WireError,
  xxh32,
} from '../../iggy-protocol/index.ts';
import type { Topic } from '../catalog.ts';
import type { Call, Caller } from '../context.ts';
import { mayPoll } from '../groups/assignment.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { startOf } from '../log/polling.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { type OffsetPlace, placeOfConsumer, placeOfGroup } from './offset-owner.ts';
import { findTopic, requirePartition, requireTopic } from './targets.ts';

/** Of a poll's reply, before its records. */
const POLL_PREFIX_BYTES = 16;

/** Told to a group member whose list of partitions is out of date (iggy-vsr-0.11 §7). */
const STALE_ASSIGNMENT: PollMessagesResponse = {
  partition: 0xffff_ffff,
  currentOffset: 0n,
  messagesCount: 0,
  records: Buffer.alloc(0),
};

export const messageCommands = [serve(sendMessages, send), serve(pollMessages, poll)];

function send(request: SendMessagesRequest, { state, caller }: Call): SendMessagesResponse {
  const found = findTopic(state.catalog, request);
  // One code for whatever is missing: clients look for themselves (iggy-vsr-0.11 §3.5).
  if (found === undefined) throw new Refusal(STATUS.ResourceNotFound);
  const { stream, topic } = found;
  const partition = choosePartition(topic, request.partitioning);
  if (partition === undefined) throw new Refusal(STATUS.ResourceNotFound);
  if (request.messagesCount > state.limits.batchMessagesMax) {
    throw new Refusal(STATUS.TooManyMessages);
  }
  admit(request);
  if (partition.hasCommitted(caller)) {
    // Not even its offset is known any more (iggy-vsr-0.11 §2.9).
    state.countDuplicate();
    return { confirmations: [] };
  }
  if (request.partitioning.kind === 'balanced') topic.nextBalanced = partition.id + 1;
  const baseOffset = partition.append(
    request.batch,
    request.messagesCount,
    caller,
    state.clock.nowMicros(),
    topic.settings.durability,
  );
  const target = { streamId: stream.id, topicId: topic.id, partitionId: partition.id };
  return { confirmations: [{ ...target, baseOffset }] };
}

/** Clients mostly choose themselves; for those that do not, by the same rules (iggy-vsr-0.11 §6). */
function choosePartition(
  { partitions, nextBalanced }: Topic,
  partitioning: Partitioning,
): PartitionLog | undefined {
  switch (partitioning.kind) {
    case 'balanced':
      return partitions[nextBalanced % partitions.length];
    case 'partition_id':
      return partitions[partitioning.value];
    case 'messages_key':
      return partitions[xxh32(partitioning.value) % partitions.length];
  }
}

/** The official server drops a bad batch in silence; a sender better hears of it. */
function admit({ batch, messagesCount }: SendMessagesRequest): void {
  try {
    checkBatch(batch, messagesCount);
  } catch (error) {
    if (error instanceof MessageChecksumError) throw new Refusal(STATUS.InvalidMessageChecksum);
    if (error instanceof BatchChecksumError) throw new Refusal(STATUS.InvalidBatchChecksum);
    if (error instanceof WireError) throw new Refusal(STATUS.InvalidCommand);
    throw error;
  }
}

function poll(request: PollMessagesRequest, { state, caller }: Call): PollMessagesResponse {
  const isGroup = request.consumer.kind === 'consumer_group';
  if (isGroup && request.partition === null) throw new Refusal(STATUS.InvalidIdentifier);
  const { topic } = requireTopic(state.catalog, request);
  const place = placeOf(request, topic, caller);
  if (place === undefined) return STALE_ASSIGNMENT;

  const { log, offsets, consumerId, group } = place;
  const stored = offsets.get(consumerId);
  const start = startOf(request.strategy, log, request.count, stored);
  const bytesMax = state.limits.frameBytesMax - HEADER_BYTES - POLL_PREFIX_BYTES;
  const { records, messagesCount, lastOffset } = log.read(start, request.count, bytesMax);
  const isAhead = lastOffset !== undefined && (stored === undefined || lastOffset > stored);
  if (request.autoCommit && isAhead) {
    offsets.set(consumerId, lastOffset, topic.settings.offsetDurability);
  }
  if (group !== undefined && lastOffset !== undefined) log.groups.noteServed(group.id, lastOffset);
  return { partition: log.id, currentOffset: log.currentOffset, messagesCount, records };
}

/**
 * Undefined where the caller does not own the partition through the group, or not any more; it may be
 * gone altogether (iggy-vsr-0.11 §7).
 */
function placeOf(
  { consumer, partition }: PollMessagesRequest,
  topic: Topic,
  { clientId }: Caller,
): OffsetPlace | undefined {
  if (consumer.kind === 'consumer') {
    return placeOfConsumer(consumer, requirePartition(topic, partition));
  }
  const group = topic.groups.find(consumer.id);
  const share = group?.shareOf(clientId);
  if (!group || !share || partition === null || !mayPoll(share, partition)) return undefined;
  return placeOfGroup(group, requirePartition(topic, partition));
}
