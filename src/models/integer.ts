import { z } from 'zod';

import { CONSUMER_ID_MAX, parseInteger } from '../validation.ts';

export const U32_MAX = 0xffff_ffffn;
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** A value of a path or query in decimal digits. A parameter that is given twice arrives as an array. */
export function integer(min: bigint, max: bigint) {
  const error = `must be one integer from ${min} to ${max}`;
  return z
    .string({ error })
    .meta({ override: { type: 'integer', minimum: Number(min), maximum: Number(max) } })
    .transform((text, context) => {
      const value = parseInteger(text, min, max);
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: error, input: text });
      return z.NEVER;
    });
}

/** A u64 of an answer, as a number: its digits are exact in the text, JavaScript's numbers only below 2^53. */
export const bigCount = z
  .int()
  .min(0)
  .meta({
    override: ({ jsonSchema }) => {
      delete jsonSchema.maximum;
    },
  });

export const partitionIdParameter = integer(0n, U32_MAX).transform(Number);
export const consumerIdParameter = integer(1n, BigInt(CONSUMER_ID_MAX)).transform(Number);
