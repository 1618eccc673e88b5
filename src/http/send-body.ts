import { event, toMessageId } from '../models/event.ts';
import { type NewEvent, type NewMessages, sendManyBody, sendOneBody } from '../models/message.ts';
import { parseJsonObject } from './json-body.ts';
import type { Span } from './json-span.ts';
import { badRequest, check } from './parse.ts';

/**
 * Faults told in full. Beyond that, a bad event is named by its first fault only: every bad index is
 * named, and the list stays bounded by this and the size of a batch.
 */
export const FAULTS_TOLD_MAX = 1000;

/** `{event, partition_key?}`. The event's text is its own bytes of the body, not written anew. */
export function parseSendOne(body: Buffer): NewMessages {
  const { members, spans, issues } = parseJsonObject(body, { names: ['event', 'partition_key'] });
  const checked = check(sendOneBody, members);
  if (!checked.ok || issues.length > 0) {
    throw badRequest(checked.ok ? issues : [...issues, ...checked.issues]);
  }
  const { event: accepted, partition_key: partitionKey } = checked.value;
  return {
    events: [toNewEvent(accepted.id, body, spans.members.get('event'))],
    partitionKey: partitionKey ?? undefined,
  };
}

/** `{events, partition_key?}` with 1 to `batchMax` events. */
export function parseSendMany(body: Buffer, batchMax: number): NewMessages {
  const { members, spans, issues } = parseJsonObject(body, {
    names: ['events', 'partition_key'],
    elementsOf: 'events',
    elementsMax: batchMax,
  });
  const checked = check(sendManyBody(batchMax), members);
  if (!checked.ok) throw badRequest([...issues, ...checked.issues]);

  const { events, partition_key: partitionKey } = checked.value;
  const faults = [...issues];
  const accepted = events.flatMap((input, index): NewEvent[] => {
    const one = check(event, input, `/events/${index}`);
    if (one.ok) return [toNewEvent(one.value.id, body, spans.elements[index])];
    faults.push(...(faults.length < FAULTS_TOLD_MAX ? one.issues : one.issues.slice(0, 1)));
    return [];
  });
  if (faults.length > 0) throw badRequest(faults);
  return { events: accepted, partitionKey: partitionKey ?? undefined };
}

function toNewEvent(id: string, body: Buffer, span: Span | undefined): NewEvent {
  const eventId = id.toLowerCase();
  return { eventId, messageId: toMessageId(eventId), text: body.subarray(span?.start, span?.end) };
}
