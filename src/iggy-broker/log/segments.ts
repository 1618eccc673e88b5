import type { PartitionLog } from './partition-log.ts';

/**
 * Clients see a partition as files of `segment_size` bytes, of which all but the last are sealed
 * (iggy-vsr-0.11 §10). Here they are marks in what was ever written to it, one every `segment_size`
 * bytes: a batch belongs to the segment it begins in, so like a file's its last batch may stick out.
 */
export function segmentsCount(log: PartitionLog, segmentSizeBytes: bigint): number {
  const { startBytes, endBytes } = log;
  return Number(endBytes / segmentSizeBytes - startBytes / segmentSizeBytes) + 1;
}

/** Where the log would begin without its `count` oldest sealed segments, as far as it has so many. */
export function offsetBehindSegments(
  log: PartitionLog,
  segmentSizeBytes: bigint,
  count: number,
): bigint {
  const { startBytes, endBytes } = log;
  const open = endBytes / segmentSizeBytes;
  const wanted = startBytes / segmentSizeBytes + BigInt(count);
  const position = (wanted < open ? wanted : open) * segmentSizeBytes;
  return position > startBytes ? log.offsetBehind(position) : log.firstOffset;
}
