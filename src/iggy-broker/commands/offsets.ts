import {
  deleteConsumerOffset,
  EMPTY,
  getConsumerOffset,
  STATUS,
  storeConsumerOffset,
} from '../../iggy-protocol/index.ts';
import type { Call } from '../context.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { Refusal } from '../refusal.ts';
import { serve } from '../served.ts';
import { placeToRead, placeToWrite } from './offset-owner.ts';
import { requireTopic } from './targets.ts';

/** On a single node such a write does not pass the table of duplicates (iggy-vsr-0.11 §2.9). */
const NO_ACK = 0;

export const offsetCommands = [
  serve(getConsumerOffset, (request, { state: { catalog } }) => {
    const place = placeToRead(requireTopic(catalog, request).topic, request);
    const storedOffset = place?.offsets.get(place.consumerId);
    if (place === undefined || storedOffset === undefined) return null;
    const { log } = place;
    return { partition: log.id, currentOffset: log.currentOffset, storedOffset };
  }),
  serve(storeConsumerOffset, (request, call) => {
    const { topic } = requireTopic(call.state.catalog, request);
    const { log, offsets, consumerId, group } = placeToWrite(topic, request, call.caller);
    if (isDuplicate(request, log, call)) return EMPTY;
    if (request.offset >= log.nextOffset) throw new Refusal(STATUS.InvalidOffset);
    const { offsetDurability } = topic.settings;
    offsets.set(consumerId, request.offset, offsetDurability);
    group?.finishHandovers(call.state.clock.nowMicros());
    markCommitted(request, log, call);
    return EMPTY;
  }),
  serve(deleteConsumerOffset, (request, call) => {
    const { topic } = requireTopic(call.state.catalog, request);
    const { log, offsets, consumerId } = placeToWrite(topic, request, call.caller);
    if (isDuplicate(request, log, call)) return EMPTY;
    const { offsetDurability } = topic.settings;
    if (!offsets.delete(consumerId, offsetDurability)) {
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
