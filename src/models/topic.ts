import { z } from 'zod';

import { PARTITIONS_MAX } from '../validation.ts';
import { bigCount } from './integer.ts';
import { resourceName } from './name.ts';
import { shownTimestamp, toTimestamp } from './timestamp.ts';

/** Bounds of the option block on the wire: keys of 1..=255 bytes, and no endless list. */
const OPTIONS_MAX = 64;
const optionKey = z.string().refine((key) => isUtf8OfLength(key, 1, 255), {
  error: 'must have 1 to 255 bytes',
});
const optionValue = z.string().refine((value) => isUtf8OfLength(value, 0, 4096), {
  error: 'must have at most 4096 bytes',
});

export const createTopicBody = z.strictObject({
  name: resourceName,
  partitions: z.int().min(1).max(PARTITIONS_MAX).default(1),
  /** Handed to the broker as they are, and only those: servers differ in what they know. */
  options: z
    .record(z.string(), z.unknown())
    // Counted before they are looked at.
    .refine((options) => Object.keys(options).length <= OPTIONS_MAX, {
      error: `must have at most ${OPTIONS_MAX} members`,
    })
    .meta({
      description: 'Handed to the broker as they are, such as messages_required_to_save.',
      override: {
        maxProperties: OPTIONS_MAX,
        propertyNames: { minLength: 1, maxLength: 255 },
        additionalProperties: { type: 'string', maxLength: 4096 },
      },
    })
    .pipe(z.record(optionKey, optionValue))
    .default({}),
});
export type NewTopic = z.output<typeof createTopicBody>;

function isUtf8OfLength(text: string, bytesMin: number, bytesMax: number): boolean {
  const bytes = Buffer.byteLength(text);
  return text.isWellFormed() && bytes >= bytesMin && bytes <= bytesMax;
}

/** What services speak: units of the wire, no HTTP. */
export interface Topic {
  id: number;
  name: string;
  streamId: number;
  createdAtMicros: bigint;
  partitionsCount: number;
  sizeBytes: bigint;
  messagesCount: bigint;
  options: Readonly<Record<string, string>>;
}

/** What clients see. Changing this shape is a breaking change; changing `Topic` is not. */
export const topicView = z
  .strictObject({
    id: z.int().min(0),
    name: z.string(),
    stream_id: z.int().min(0),
    created_at: shownTimestamp,
    partitions_count: z.int().min(0),
    size_bytes: bigCount,
    messages_count: bigCount,
    options: z
      .record(z.string(), z.string())
      .readonly()
      .optional()
      .meta({ description: 'Options in force; absent where the broker tells none.' }),
  })
  .meta({ id: 'Topic' });
export type TopicView = z.infer<typeof topicView>;

export function toTopicView(topic: Topic): TopicView {
  return {
    id: topic.id,
    name: topic.name,
    stream_id: topic.streamId,
    created_at: toTimestamp(topic.createdAtMicros),
    partitions_count: topic.partitionsCount,
    size_bytes: Number(topic.sizeBytes),
    messages_count: Number(topic.messagesCount),
    ...(Object.keys(topic.options).length > 0 && { options: topic.options }),
  };
}
