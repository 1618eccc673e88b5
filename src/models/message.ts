import { z } from 'zod';

import { CONSUMER_ID_MAX, isPartitionKey, parseInteger } from '../validation.ts';
import { event } from './event.ts';
import { toTimestamp } from './timestamp.ts';

/** Null is what the original's clients write for "none". */
const partitionKey = z
  .string()
  .refine(isPartitionKey, { error: 'must have 1 to 255 bytes of UTF-8' })
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
}

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

export interface SentView {
  success: true;
  event_id: string;
  stream: string;
  topic: string;
  timestamp: string;
  partition_id: number;
  offset?: number;
  /** A u128, so no number of JavaScript. */
  message_id: string;
}

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

const U32_MAX = 0xffff_ffffn;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** A query value in decimal digits. A parameter that is given twice arrives as an array. */
function integer(min: bigint, max: bigint) {
  const error = `must be one integer from ${min} to ${max}`;
  return z.string({ error }).transform((text, context) => {
    const value = parseInteger(text, min, max);
    if (value !== undefined) return value;
    context.issues.push({ code: 'custom', message: error, input: text });
    return z.NEVER;
  });
}

/** Unknown parameters are ignored, as http-contract §2 says. */
export const pollQuery = z.object({
  partition_id: integer(0n, U32_MAX).transform(Number).default(0),
  consumer_id: integer(1n, BigInt(CONSUMER_ID_MAX)).transform(Number).default(1),
  offset: integer(0n, U64_MAX).optional(),
  count: integer(1n, U32_MAX).transform(Number).default(10),
  auto_commit: z
    .enum(['true', 'false'], { error: 'must be one of true, false' })
    .transform((text) => text === 'true')
    .default(false),
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
}

export interface Page {
  partitionId: number;
  currentOffset: bigint;
  messages: readonly StoredMessage[];
}
