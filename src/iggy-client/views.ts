import {
  type Identifier,
  type Option,
  type PolledMessage,
  STATUS,
  type Stats,
  type Stream as WireStream,
  type TopicHeader,
} from '../iggy-protocol/index.ts';
import { IggyError } from './errors.ts';
import type { BrokerStats, ReceivedMessage, Stream, Topic } from './port.ts';

/** Always by name: `"42"` is a name too. */
export function named(value: string): Identifier {
  return { kind: 'string', value };
}

export function toStream(stream: WireStream): Stream {
  return {
    id: stream.id,
    name: stream.name,
    createdAtMicros: stream.createdAt,
    topicsCount: stream.topicsCount,
    sizeBytes: stream.sizeBytes,
    messagesCount: stream.messagesCount,
  };
}

export function toTopic(topic: TopicHeader): Topic {
  const options = [...topic.derivedOptions, ...topic.explicitOptions];
  return {
    id: topic.id,
    name: topic.name,
    createdAtMicros: topic.createdAt,
    partitionsCount: topic.partitionsCount,
    sizeBytes: topic.sizeBytes,
    messagesCount: topic.messagesCount,
    options: Object.fromEntries(options.map((option) => [option.key, optionText(option)])),
  };
}

export function toStats(stats: Stats): BrokerStats {
  return {
    streamsCount: stats.streamsCount,
    topicsCount: stats.topicsCount,
    partitionsCount: stats.partitionsCount,
    messagesCount: stats.messagesCount,
    messagesSizeBytes: stats.messagesSizeBytes,
  };
}

export function toMessage(message: PolledMessage): ReceivedMessage {
  return {
    offset: message.offset,
    id: message.id,
    timestampMicros: message.timestamp,
    originTimestampMicros: message.originTimestamp,
    payload: message.payload,
    userHeaders: message.userHeaders,
  };
}

const KIND_STRING = 2;
const KIND_BOOL = 3;
/** Bytes of the integer kinds, and which of them are signed (iggy-vsr-0.11 §5.4). */
const INTEGERS: ReadonlyMap<number, { bytes: number; signed: boolean }> = new Map([
  [4, { bytes: 1, signed: true }],
  [5, { bytes: 2, signed: true }],
  [6, { bytes: 4, signed: true }],
  [7, { bytes: 8, signed: true }],
  [8, { bytes: 16, signed: true }],
  [9, { bytes: 1, signed: false }],
  [10, { bytes: 2, signed: false }],
  [11, { bytes: 4, signed: false }],
  [12, { bytes: 8, signed: false }],
  [13, { bytes: 16, signed: false }],
]);

/** An option's value for people; what is neither text, number nor yes or no is shown in hex. */
export function optionText({ kind, value }: Option): string {
  if (kind === KIND_STRING) return value.toString('utf8');
  if (kind === KIND_BOOL && value.length === 1) return value[0] === 0 ? 'false' : 'true';
  const integer = INTEGERS.get(kind);
  if (integer === undefined || integer.bytes !== value.length) return value.toString('hex');
  const unsigned = BigInt(`0x${Buffer.from(value.toReversed()).toString('hex')}`);
  return String(integer.signed ? BigInt.asIntN(8 * integer.bytes, unsigned) : unsigned);
}

const OPTION_BYTES_MAX = 255;

/**
 * A new topic's options for the wire: as text, which every option may be written as, and by key, as
 * official clients order them (iggy-vsr-0.11 §4).
 *
 * @throws IggyError `refused` with the broker's own code for a key or value that cannot travel.
 */
export function toOptions(options: Readonly<Record<string, string>>): Option[] {
  return Object.entries(options)
    .map(([key, text]) => {
      checkLength(key, key, STATUS.UnsupportedOptionKey);
      checkLength(key, text, STATUS.InvalidOptionValue);
      return { key, kind: KIND_STRING, value: Buffer.from(text, 'utf8') };
    })
    .toSorted((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)));
}

function checkLength(key: string, text: string, code: number): void {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes >= 1 && bytes <= OPTION_BYTES_MAX) return;
  const message = `option "${key}" and its value have 1..=${OPTION_BYTES_MAX} bytes each`;
  throw new IggyError('refused', message, { code });
}
