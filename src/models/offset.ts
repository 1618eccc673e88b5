import { z } from 'zod';

import { parseInteger } from '../validation.ts';
import { consumerIdParameter, partitionIdParameter, U64_MAX } from './integer.ts';
import { resourceName } from './name.ts';

export const offsetPath = z.object({
  stream: resourceName,
  topic: resourceName,
  consumer_id: consumerIdParameter,
});

/** Unknown parameters are ignored, as http-contract §2 says. */
export const offsetQuery = z.object({
  partition_id: partitionIdParameter.default(0).meta({ override: { default: 0 } }),
});

const error = `must be an integer from 0 to ${U64_MAX}; above ${Number.MAX_SAFE_INTEGER} in a string`;

/**
 * A number, or from 2^53 on its digits in a string: as a number it would not arrive as it was meant.
 * Both are taken everywhere, so that whatever was read can be stored.
 */
const offsetValue = z
  .union([z.int({ error }).min(0, { error }), z.string().regex(/^\d{1,20}$/, { error })], { error })
  .transform((value, context) => {
    const offset = parseInteger(String(value), 0n, U64_MAX);
    if (offset !== undefined) return offset;
    context.issues.push({ code: 'custom', message: error, input: value });
    return z.NEVER;
  });

export const storeOffsetBody = z.strictObject({ offset: offsetValue });

/** Whose place, and where. */
export interface OffsetTarget {
  consumerId: number;
  partitionId: number;
}

export interface CommittedOffset {
  /** Of the last message the consumer has done with. */
  storedOffset: bigint;
  /** Of the partition's last message. */
  currentOffset: bigint;
}

const shownOffset = z.union([z.int().min(0), z.string().regex(/^\d{16,20}$/)]);

export const offsetView = z
  .strictObject({
    consumer_id: z.int().min(1),
    partition_id: z.int().min(0),
    offset: shownOffset.meta({ description: 'Of the last message the consumer is done with.' }),
    current_offset: shownOffset.meta({ description: "Of the partition's last message." }),
  })
  .meta({ id: 'ConsumerOffset' });
export type OffsetView = z.infer<typeof offsetView>;

export function toOffsetView(
  { consumerId, partitionId }: OffsetTarget,
  { storedOffset, currentOffset }: CommittedOffset,
): OffsetView {
  return {
    consumer_id: consumerId,
    partition_id: partitionId,
    offset: toShownOffset(storedOffset),
    current_offset: toShownOffset(currentOffset),
  };
}

function toShownOffset(offset: bigint): number | string {
  return offset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(offset) : String(offset);
}
