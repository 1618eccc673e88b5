import { z } from 'zod';

import { isPartitionKey } from '../validation.ts';
import { event } from './event.ts';
import {
  bigCount,
  consumerIdParameter,
  integer,
  partitionIdParameter,
  U32_MAX,
  U64_MAX,
} from './integer.ts';
import { shownTimestamp, toTimestamp } from './timestamp.ts';

/** Null is what the original's clients write for "none". */
const partitionKey = z
  .string()
  .refine(isPartitionKey, { error: 'must have 1 to 255 bytes of UTF-8' })
  .meta({ minLength: 1, maxLength: 255, description: 'Same key, same partition.' })
  .nullish();

export const sendOneBody = z.strictObject({ event, partition_key: partitionKey });

/** The events are checked one by one, so that the faults of a large batch stay countable. */
export function sendManyBody(batchMax: number) {
  return z.strictObject({
    events: z.array(z.unknown()).min(1).max(batchMax),
    partition_key: partitionKey,
  });
}

/** An event that has been checked, and the text it came as. */
export interface NewEvent {
  /** In lower case. */
  eventId: string;
  messageId: bigint;
  text: Buffer;
}

export interface NewMessages {
  events: readonly NewEvent[];
  partitionKey: string | undefined;
  /** The trace they were sent in (W3C Trace Context), if it is known. */
  traceparent?: string | undefined;
}

/** A u128, so no number of JavaScript. */
const shownMessageId = z.string().meta({ pattern: '^[0-9]{1,39}$' });

/** What the broker confirmed about one event. */
interface SentEvent {
  eventId: string;
  messageId: bigint;
  partitionId: number;
  /** Absent where the broker does not tell it (a recognised duplicate). */
  offset: bigint | undefined;
}

export interface Sent {
  stream: string;
  topic: string;
  acknowledgedAtMicros: bigint;
  events: readonly SentEvent[];
}

export const sentView = z
  .strictObject({
    success: z.literal(true),
    event_id: z.string().meta({ format: 'uuid' }),
    stream: z.string(),
    topic: z.string(),
    timestamp: shownTimestamp,
    partition_id: z.int().min(0),
    offset: bigCount
      .optional()
      .meta({ description: 'Absent where the broker does not tell it (a recognised duplicate).' }),
    message_id: shownMessageId,
  })
  .meta({ id: 'Sent' });
export type SentView = z.infer<typeof sentView>;

export function toSentViews({ stream, topic, acknowledgedAtMicros, events }: Sent): SentView[] {
  const timestamp = toTimestamp(acknowledgedAtMicros);
  return events.map(({ eventId, messageId, partitionId, offset }) => ({
    success: true,
    event_id: eventId,
    stream,
    topic,
    timestamp,
    partition_id: partitionId,
    ...(offset !== undefined && { offset: Number(offset) }),
    message_id: String(messageId),
  }));
}

/** Unknown parameters are ignored, as http-contract §2 says. */
export const pollQuery = z.object({
  partition_id: partitionIdParameter.default(0).meta({ override: { default: 0 } }),
  consumer_id: consumerIdParameter.default(1).meta({ override: { default: 1 } }),
  offset: integer(0n, U64_MAX)
    .optional()
    .meta({ description: 'Absent: the next after the one the consumer has committed.' }),
  count: integer(1n, U32_MAX)
    .transform(Number)
    .default(10)
    .meta({ override: { default: 10 }, description: 'More than there may be is lowered.' }),
  auto_commit: z
    .enum(['true', 'false'], { error: 'must be one of true, false' })
    .transform((text) => text === 'true')
    .default(false)
    .meta({
      override: { default: 'false' },
      description: 'At most once: if the answer is lost on its way, the page counts as read.',
    }),
});

export interface Poll {
  partitionId: number;
  consumerId: number;
  /** Absent: the next after the committed one. */
  offset: bigint | undefined;
  count: number;
  autoCommit: boolean;
}

export interface StoredMessage {
  offset: bigint;
  id: bigint;
  timestampMicros: bigint;
  payload: Buffer;
  /** The trace it was sent in, if it says so. */
  traceparent?: string | undefined;
}

export interface Page {
  partitionId: number;
  currentOffset: bigint;
  messages: readonly StoredMessage[];
}

const storedMessage = {
  offset: bigCount,
  timestamp: shownTimestamp,
  id: shownMessageId,
  size: z.int().min(0).meta({ description: 'Bytes of the payload.' }),
  traceparent: z
    .string()
    .optional()
    .meta({ description: 'The trace the message was sent in (W3C Trace Context), if it says so.' }),
};

/** What `toPollAnswer` writes as text, so that the events stay as they are. */
export const pageView = z
  .strictObject({
    messages: z.array(
      z.union([
        z.strictObject({ ...storedMessage, event }),
        z.strictObject({
          ...storedMessage,
          event: z.null(),
          payload_base64: z.string().meta({ contentEncoding: 'base64' }),
          decode_error: z.string().meta({ description: 'Why the payload is no event.' }),
        }),
      ]),
    ),
    count: z.int().min(0),
    partition_id: z.int().min(0),
    current_offset: bigCount.meta({ description: "Of the partition's last message." }),
  })
  .meta({ id: 'Page' });
