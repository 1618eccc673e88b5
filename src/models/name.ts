import { z } from 'zod';

import { isResourceName } from '../validation.ts';

/** A stream's or topic's name that has been checked. Only this schema makes one. */
export const resourceName = z
  .string()
  .refine(isResourceName, {
    error:
      'must have 1 to 255 ASCII letters, digits, ".", "_" or "-", start and end with a letter ' +
      'or digit, and have no two of ".", "_", "-" in a row',
  })
  .meta({ minLength: 1, maxLength: 255, pattern: '^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$' })
  .brand<'ResourceName'>();
export type ResourceName = z.infer<typeof resourceName>;

export const streamPath = z.object({ stream: resourceName });
export const topicPath = z.object({ stream: resourceName, topic: resourceName });
export type TopicPath = z.infer<typeof topicPath>;
