import {
  deleteConsumerOffset,
  EMPTY,
  getConsumerOffset,
  type OffsetTarget,
  STATUS,
  storeConsumerOffset,
} from '../../iggy-protocol/index.ts';
import type { Catalog, Topic } from '../catalog.ts';
import type { Call } from '../context.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { consumerIdOf, requirePartition, requireTopic } from './targets.ts';

/** On a single node such a write does not pass the table of duplicates (iggy-vsr-0.11 §2.9). */
const NO_ACK = 0;

export const offsetCommands = [
  serve(getConsumerOffset, (request, { state: { catalog } }) => {
    const { log } = requireTarget(catalog, request);
    // There are no groups here; reading the offset of a missing one finds nothing.
    if (request.consumer.kind === 'consumer_group') return null;
    const storedOffset = log.offsets.get(consumerIdOf(request.consumer));
    if (storedOffset === undefined) return null;
    return { partition: log.id, currentOffset: log.currentOffset, storedOffset };
  }),
  serve(storeConsumerOffset, (request, call) => {
    const { topic, log } = requireTarget(call.state.catalog, request);
    refuseGroup(request);
    if (isDuplicate(request, log, call)) return EMPTY;
    if (request.offset >= log.nextOffset) throw new Refusal(STATUS.InvalidOffset);
    const { offsetDurability } = topic.settings;
    log.offsets.set(consumerIdOf(request.consumer), request.offset, offsetDurability);
    markCommitted(request, log, call);
    return EMPTY;
  }),
  serve(deleteConsumerOffset, (request, call) => {
    const { topic, log } = requireTarget(call.state.catalog, request);
    refuseGroup(request);
    if (isDuplicate(request, log, call)) return EMPTY;
    const { offsetDurability } = topic.settings;
    if (!log.offsets.delete(consumerIdOf(request.consumer), offsetDurability)) {
      throw new Refusal(STATUS.ConsumerOffsetNotFound);
    }
    markCommitted(request, log, call);
    return EMPTY;
  }),
];

function isDuplicate(
  { ack }: { ack: number },
  log: PartitionLog,
  { state, caller }: Call,
): boolean {
  if (ack === NO_ACK || !log.hasCommitted(caller)) return false;
  state.countDuplicate();
  return true;
}

function markCommitted({ ack }: { ack: number }, log: PartitionLog, { caller }: Call): void {
  if (ack !== NO_ACK) log.markCommitted(caller);
}

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
