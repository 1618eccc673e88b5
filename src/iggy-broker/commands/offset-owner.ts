import { type Consumer, type OffsetTarget, STATUS, xxh32 } from '../../iggy-protocol/index.ts';
import type { Topic } from '../catalog.ts';
import type { Caller } from '../context.ts';
import type { ConsumerGroup } from '../groups/consumer-group.ts';
import type { ConsumerOffsets } from '../log/consumer-offsets.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';
import { requireGroup } from './groups.ts';
import { requirePartition } from './targets.ts';

/** Under which number, in which table of which partition an offset stands. */
export interface OffsetPlace {
  readonly log: PartitionLog;
  readonly offsets: ConsumerOffsets;
  readonly consumerId: number;
  /** Undefined for a plain consumer. */
  readonly group: ConsumerGroup | undefined;
}

/** A named consumer has the hash of its name (iggy-vsr-0.11 §4). */
export function placeOfConsumer({ id }: Consumer, log: PartitionLog): OffsetPlace {
  const consumerId = id.kind === 'numeric' ? id.value : xxh32(Buffer.from(id.value, 'utf8'));
  return { log, offsets: log.offsets, consumerId, group: undefined };
}

export function placeOfGroup(group: ConsumerGroup, log: PartitionLog): OffsetPlace {
  return { log, offsets: log.groups.offsets, consumerId: group.id, group };
}

/** Undefined for a group that is missing. Anybody may read what a group has stored (iggy-vsr-0.11 §7). */
export function placeToRead(topic: Topic, target: OffsetTarget): OffsetPlace | undefined {
  const log = requirePartition(topic, target.partition);
  if (target.consumer.kind === 'consumer') return placeOfConsumer(target.consumer, log);
  const group = topic.groups.find(target.consumer.id);
  return group && placeOfGroup(group, log);
}

/**
 * Who writes for a group has to own the partition; one that it is about to hand over still counts, so
 * that what was polled can be committed (iggy-vsr-0.11 §7).
 */
export function placeToWrite(topic: Topic, target: OffsetTarget, caller: Caller): OffsetPlace {
  const { consumer, partition } = target;
  if (consumer.kind === 'consumer') {
    return placeOfConsumer(consumer, requirePartition(topic, partition));
  }
  if (partition === null) throw new Refusal(STATUS.InvalidIdentifier);
  const group = requireGroup(topic, consumer.id);
  const share = group.shareOf(caller.clientId);
  if (share === undefined) throw new Refusal(STATUS.ConsumerGroupMemberNotFound);
  if (!share.partitions.includes(partition)) {
    throw new Refusal(STATUS.ConsumerGroupPartitionNotOwned);
  }
  return placeOfGroup(group, requirePartition(topic, partition));
}
