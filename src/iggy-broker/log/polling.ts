import type { PollingStrategy } from '../../iggy-protocol/index.ts';
import type { PartitionLog } from './partition-log.ts';

/**
 * The offset a poll starts at (iggy-vsr-0.11 §10); `nextOffset` or beyond where there is nothing to
 * serve.
 *
 * @param stored the offset the consumer stored last
 */
export function startOf(
  { kind, value }: PollingStrategy,
  log: PartitionLog,
  count: number,
  stored: bigint | undefined,
): bigint {
  return notBelow(log.firstOffset, wanted());

  function wanted(): bigint {
    switch (kind) {
      case 'offset':
        return value;
      case 'timestamp':
        return log.offsetAt(value);
      case 'first':
        return log.firstOffset;
      case 'last':
        return log.nextOffset - BigInt(count);
      case 'next':
        return stored === undefined ? 0n : stored + 1n;
    }
  }
}

function notBelow(floor: bigint, value: bigint): bigint {
  return value < floor ? floor : value;
}
