import { compiledEvent, toMessageId } from '../models/event.ts';
import { type NewEvent, type NewMessages, sendManyBody, sendOneBody } from '../models/message.ts';
import { invariant } from '../utils/invariant.ts';
import { parseJsonObject, type UnknownObject } from './json-body.ts';
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

/** Reads `{events, partition_key?}` with 1 to `batchMax` events. To be made once: the schema is. */
export function sendManyParser(batchMax: number): (body: Buffer) => NewMessages {
  const schema = sendManyBody(batchMax);
  return (body) => parseSendMany(body, batchMax, schema);
}

function parseSendMany(
  body: Buffer,
  batchMax: number,
  schema: ReturnType<typeof sendManyBody>,
): NewMessages {
  const { members, spans, issues } = parseJsonObject(body, {
    names: ['events', 'partition_key'],
    elementsOf: 'events',
    elementsMax: batchMax,
  });
  const envelope = check(schema, members);
  const faults = [...issues, ...(envelope.ok ? [] : envelope.issues)];
  const ids: string[] = [];
  for (const [index, input] of eventsOf(members, batchMax).entries()) {
    const one = check(compiledEvent, input, `/events/${index}`);
    if (one.ok) ids.push(one.value.id);
    else faults.push(...one.issues.slice(0, faults.length < FAULTS_TOLD_MAX ? undefined : 1));
  }
  if (!envelope.ok || faults.length > 0) throw badRequest(faults);
  return {
    // Without a fault, each event has its id here.
    events: ids.map((id, index) => toNewEvent(id, body, spans.elements[index])),
    partitionKey: envelope.value.partition_key ?? undefined,
  };
}

/** The events to look at, whatever else is wrong; of too many none, because their number is enough. */
function eventsOf({ events }: UnknownObject, batchMax: number): readonly unknown[] {
  return Array.isArray(events) && events.length <= batchMax ? events : [];
}

function toNewEvent(id: string, body: Buffer, span: Span | undefined): NewEvent {
  // Otherwise the wrong bytes would be stored.
  invariant(span, 'JSON.parse has found an event that the scan has not');
  const eventId = id.toLowerCase();
  return { eventId, messageId: toMessageId(eventId), text: body.subarray(span.start, span.end) };
}
