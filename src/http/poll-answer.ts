import { event } from '../models/event.ts';
import type { Page, StoredMessage } from '../models/message.ts';
import { toTimestamp } from '../models/timestamp.ts';
import { DEPTH_MAX } from './json-body.ts';
import { scanJson } from './json-span.ts';
import { check } from './parse.ts';

/**
 * A page as JSON text. The text of each event is the stored bytes themselves: parsing and writing them
 * again would lose big numbers, double keys and the order of members (http-contract §2).
 */
export function toPollAnswer({ partitionId, currentOffset, messages }: Page): Buffer {
  const parts: Buffer[] = [Buffer.from('{"messages":[')];
  messages.forEach((message, index) => {
    if (index > 0) parts.push(Buffer.from(','));
    parts.push(...toMessageParts(message));
  });
  parts.push(
    Buffer.from(
      `],"count":${messages.length},"partition_id":${partitionId},"current_offset":${currentOffset}}`,
    ),
  );
  return Buffer.concat(parts);
}

/** A message that is no event is shown as it is, never left out. */
function toMessageParts(message: StoredMessage): Buffer[] {
  const { offset, id, timestampMicros, payload, traceparent } = message;
  const timestamp = toTimestamp(timestampMicros);
  const head = `{"offset":${offset},"timestamp":"${timestamp}","id":"${id}","event":`;
  const trace = traceparent === undefined ? '' : `,"traceparent":${JSON.stringify(traceparent)}`;
  const size = `,"size":${payload.length}${trace}`;
  const fault = findFault(payload);
  if (fault === undefined) return [Buffer.from(head), payload, Buffer.from(`${size}}`)];
  const base64 = payload.toString('base64');
  const decodeError = JSON.stringify(fault);
  return [
    Buffer.from(`${head}null${size},"payload_base64":"${base64}","decode_error":${decodeError}}`),
  ];
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Why the payload is no event, if it is none. */
function findFault(payload: Buffer): string | undefined {
  if (!scanJson(payload, { names: [], depthMax: DEPTH_MAX })) {
    return `is nested deeper than ${DEPTH_MAX} levels`;
  }
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return 'is not UTF-8';
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const checked = check(event, value);
  if (checked.ok) return undefined;
  const [first] = checked.issues;
  return `is no event: ${first?.path === '' ? 'it' : first?.path} ${first?.message}`;
}
