import { event } from '../models/event.ts';
import type { Page, StoredMessage } from '../models/message.ts';
import { toTimestamp } from '../models/timestamp.ts';
import { DEPTH_MAX } from './json-body.ts';
import { isDeeperThan } from './json-span.ts';
import { check } from './parse.ts';

/**
 * A page as JSON text. The text of each event is the stored one itself: parsing and writing it again would
 * lose big numbers, double keys and the order of members (http-contract §2).
 */
export function toPollAnswer({ partitionId, currentOffset, messages }: Page): string | Buffer {
  const timestamp = timestampWriter();
  const tail = `],"count":${messages.length},"partition_id":${partitionId},"current_offset":${currentOffset}}`;
  if (sumOfBytes(messages) <= ONE_TEXT_BYTES_MAX) {
    const shown = messages.map((message) => toMessageText(message, timestamp)).join(',');
    return `{"messages":[${shown}${tail}`;
  }
  const parts = messages.map((message, index) =>
    Buffer.from((index === 0 ? '{"messages":[' : ',') + toMessageText(message, timestamp)),
  );
  return Buffer.concat([...parts, Buffer.from(tail)]);
}

/** A larger page is made of bytes: as one text with a single wide character it would take twice its size, twice. */
const ONE_TEXT_BYTES_MAX = 1024 * 1024;

function sumOfBytes(messages: readonly StoredMessage[]): number {
  return messages.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** A message that is no event is shown as it is, never left out. */
function toMessageText(message: StoredMessage, timestamp: (micros: bigint) => string): string {
  const { offset, id, timestampMicros, payload, traceparent } = message;
  const head = `{"offset":${offset},"timestamp":"${timestamp(timestampMicros)}","id":"${id}","event":`;
  const trace = traceparent === undefined ? '' : `,"traceparent":${JSON.stringify(traceparent)}`;
  const size = `,"size":${payload.length}${trace}`;
  const read = readEvent(payload);
  if ('text' in read) return `${head}${read.text}${size}}`;
  const base64 = payload.toString('base64');
  return `${head}null${size},"payload_base64":"${base64}","decode_error":${JSON.stringify(read.fault)}}`;
}

/** As `toTimestamp`: messages that were stored together have the same, and it costs as much as all the rest. */
function timestampWriter(): (micros: bigint) => string {
  let last: { micros: bigint; text: string } | undefined;
  return (micros) => {
    if (last?.micros !== micros) last = { micros, text: toTimestamp(micros) };
    return last.text;
  };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The payload as text, whose bytes in UTF-8 are the same again; or why it is no event. */
function readEvent(payload: Buffer): { text: string } | { fault: string } {
  if (isDeeperThan(payload, DEPTH_MAX)) {
    return { fault: `is nested deeper than ${DEPTH_MAX} levels` };
  }
  let text: string;
  try {
    text = utf8.decode(payload);
  } catch {
    return { fault: 'is not UTF-8' };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'is not JSON' };
  }
  const checked = check(event, value);
  if (checked.ok) return { text };
  const [first] = checked.issues;
  return { fault: `is no event: ${first?.path === '' ? 'it' : first?.path} ${first?.message}` };
}
