import {
  deleteConsumerOffset,
  EMPTY,
  getConsumerOffset,
  type OffsetTarget,
  STATUS,
  storeConsumerOffset,
} from '../../iggy-protocol/index.ts';
import type { Catalog, Topic } from '../catalog.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { consumerIdOf, requirePartition, requireTopic } from './targets.ts';

export const offsetCommands = [
  serve(getConsumerOffset, (request, { state: { catalog } }) => {
    const { log } = requireTarget(catalog, request);
    // There are no groups here; reading the offset of a missing one finds nothing.
    if (request.consumer.kind === 'consumer_group') return null;
    const storedOffset = log.offsets.get(consumerIdOf(request.consumer));
    if (storedOffset === undefined) return null;
    return { partition: log.id, currentOffset: log.currentOffset, storedOffset };
  }),
  serve(storeConsumerOffset, (request, { state: { catalog } }) => {
    const { topic, log } = requireTarget(catalog, request);
    refuseGroup(request);
    if (request.offset >= log.nextOffset) throw new Refusal(STATUS.InvalidOffset);
    const { offsetDurability } = topic.settings;
    log.offsets.set(consumerIdOf(request.consumer), request.offset, offsetDurability);
    return EMPTY;
  }),
  serve(deleteConsumerOffset, (request, { state: { catalog } }) => {
    const { topic, log } = requireTarget(catalog, request);
    refuseGroup(request);
    const { offsetDurability } = topic.settings;
    if (!log.offsets.delete(consumerIdOf(request.consumer), offsetDurability)) {
      throw new Refusal(STATUS.ConsumerOffsetNotFound);
    }
    return EMPTY;
  }),
];

function requireTarget(
  catalog: Catalog,
  target: OffsetTarget,
): { topic: Topic; log: PartitionLog } {
  const { topic } = requireTopic(catalog, target);
  return { topic, log: requirePartition(topic, target.partition) };
}

function refuseGroup({ consumer }: OffsetTarget): void {
  if (consumer.kind === 'consumer_group') throw new Refusal(STATUS.ConsumerGroupIdNotFound);
}
