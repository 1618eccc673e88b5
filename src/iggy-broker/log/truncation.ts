import type { PartitionLog } from './partition-log.ts';

/**
 * Where every consumer and group with a stored offset has got past all batches before: what lies behind is kept,
 * whatever else asks for its removal (iggy-vsr-0.11 §10).
 */
export function releasedEnd(log: PartitionLog): bigint {
  const lowest = lower(log.offsets.lowest(), log.groups.offsets.lowest());
  if (lowest === undefined) return log.nextOffset;
  return lowest < log.firstOffset ? log.firstOffset : log.batchOffsetOf(lowest + 1n);
}

function lower(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? one : other;
}

/** Forgets what lies before `end` and is released. False if there is nothing. */
export function truncateReleased(log: PartitionLog, end: bigint): boolean {
  if (end <= log.firstOffset) return false;
  const released = releasedEnd(log);
  const offset = end < released ? end : released;
  if (offset <= log.firstOffset) return false;
  log.truncateBefore(offset);
  return true;
}
