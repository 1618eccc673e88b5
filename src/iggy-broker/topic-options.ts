import { type Option, STATUS } from '../iggy-protocol/index.ts';
import { parseByteSize, parseDuration, parseInteger } from './option-text.ts';
import { notAdmitted, type Refusal } from './refusal.ts';
import type { Durability } from './storage.ts';

/** Kinds of values (iggy-vsr-0.11 §5.4) that options use. */
const STRING = 2;
const BOOL = 3;
const UINT32 = 11;
const UINT64 = 12;

const MIB = 1024n * 1024n;
const GIB = 1024n * MIB;
const PREALLOCATED_BYTES_MAX = 64n * GIB;
/** "Never" and "unlimited" on the wire. */
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U32_MAX = 0xffff_ffffn;

interface Rule {
  readonly key: string;
  /** The one kind this option is told in; which others are understood is `canonical`'s matter. */
  readonly kind: number;
  readonly byDefault: Buffer;
  readonly description: string;
  /** Whether it may be changed once the topic exists. */
  readonly updatable?: true;
  /** The value in its canonical bytes; undefined if it says "not set". Throws the refusal of a bad value. */
  canonical(kind: number, value: Buffer): Buffer | undefined;
}

interface Integers {
  readonly kind: typeof UINT32 | typeof UINT64;
  parse(text: string): bigint | undefined;
  min: bigint;
  max?: bigint;
  multipleOf?: bigint;
  /** 0 is a way to say "not set". */
  zeroIsUnset?: true;
}

/** In the order of iggy-vsr-0.11 §4. */
const RULES: readonly Rule[] = [
  {
    ...choice(['none', 'gzip']),
    key: 'compression_algorithm',
    description: 'How clients compress payloads; the broker does not touch them',
    updatable: true,
  },
  {
    ...integer({ kind: UINT64, parse: parseExpiry, min: 1n, zeroIsUnset: true }, U64_MAX),
    key: 'message_expiry',
    description: 'Age in microseconds after which messages may be removed',
    updatable: true,
  },
  {
    ...integer({ kind: UINT64, parse: parseTopicSize, min: 1n, zeroIsUnset: true }, U64_MAX),
    key: 'max_topic_size',
    description: 'Bytes of the topic above which its oldest messages may be removed',
    updatable: true,
  },
  {
    ...integer(
      {
        kind: UINT64,
        parse: parseByteSize,
        min: MIB,
        max: GIB,
        multipleOf: 512n,
        zeroIsUnset: true,
      },
      GIB,
    ),
    key: 'segment_size',
    description: 'Bytes of a partition that count as one segment',
  },
  {
    ...choice(['replicated', 'persisted']),
    key: 'durability',
    description: 'What an acknowledged message survives: the process, or the machine',
  },
  {
    ...choice(['replicated', 'persisted']),
    key: 'consumer_offset_durability',
    description: 'What an acknowledged consumer offset survives',
  },
  {
    ...integer({ kind: UINT32, parse: parseInteger, min: 1n, max: 16_777_216n }, 1024n),
    key: 'messages_required_to_save',
    description: 'Accepted and without effect: every message is saved before it is acknowledged',
  },
  {
    ...integer({ kind: UINT64, parse: parseByteSize, min: 1n, max: GIB, zeroIsUnset: true }, MIB),
    key: 'size_of_messages_required_to_save',
    description: 'Accepted and without effect: every message is saved before it is acknowledged',
  },
  {
    ...flag(),
    key: 'preallocate_segments',
    description: 'Accepted and without effect: the data file grows as needed',
  },
];

const RULE_OF: ReadonlyMap<string, Rule> = new Map(RULES.map((rule) => [rule.key, rule]));

/** What the options in force mean. */
export interface TopicSettings {
  /** 1 none, 2 gzip. */
  readonly compressionAlgorithm: 1 | 2;
  /** U64 max = never. See `retention.ts`. */
  readonly messageExpiryMicros: bigint;
  /** Of all partitions together; U64 max = unlimited. See `retention.ts`. */
  readonly topicSizeBytesMax: bigint;
  readonly segmentSizeBytes: bigint;
  readonly durability: Durability;
  readonly offsetDurability: Durability;
  readonly preallocated: boolean;
}

/** The options a topic is created with, as they will be told: in canonical kinds, sorted by key. */
export function acceptOptions(options: readonly Option[]): Option[] {
  const accepted: Option[] = [];
  for (const { key, kind, value } of options) {
    const rule = RULE_OF.get(key);
    if (rule === undefined) throw notAdmitted(STATUS.UnsupportedOptionKey);
    const canonical = rule.canonical(kind, value);
    if (canonical !== undefined) accepted.push({ key, kind: rule.kind, value: canonical });
  }
  checkSizes(accepted, notAdmitted(STATUS.InvalidTopicSize));
  return accepted.toSorted(byKey);
}

/** Throws the refusal of a change that could never be made, whatever the topic. */
export function checkPatch(patch: readonly Option[]): void {
  for (const { key, kind, value } of patch) {
    const rule = RULE_OF.get(key);
    if (rule?.updatable !== true) throw notAdmitted(STATUS.UnsupportedOptionKey);
    rule.canonical(kind, value);
  }
}

/** `explicit` with the values of `patch` over it, kept as they were sent (iggy-vsr-0.11 §4). */
export function patchOptions(explicit: readonly Option[], patch: readonly Option[]): Option[] {
  const changed = new Set(patch.map(({ key }) => key));
  // Copies: what was received is a view of a much larger piece of memory.
  const sent = patch.map((option) => ({ ...option, value: Buffer.from(option.value) }));
  const patched = [...explicit.filter(({ key }) => !changed.has(key)), ...sent];
  checkSizes(patched, notAdmitted(STATUS.InvalidTopicSize));
  return patched.toSorted(byKey);
}

/** The defaults in force beside `explicit`, sorted by key. */
export function derivedOptions(explicit: readonly Option[]): Option[] {
  const given = new Set(explicit.map(({ key }) => key));
  return RULES.filter(({ key }) => !given.has(key))
    .map(({ key, kind, byDefault }) => ({ key, kind, value: byDefault }))
    .toSorted(byKey);
}

export function settingsOf(explicit: readonly Option[]): TopicSettings {
  const text = (key: string): string => inForce(explicit, key).toString('latin1');
  const u64 = (key: string): bigint => inForce(explicit, key).readBigUInt64LE();
  const durability = (key: string): Durability =>
    text(key) === 'persisted' ? 'persisted' : 'replicated';
  return {
    compressionAlgorithm: text('compression_algorithm') === 'gzip' ? 2 : 1,
    messageExpiryMicros: u64('message_expiry'),
    topicSizeBytesMax: u64('max_topic_size'),
    segmentSizeBytes: u64('segment_size'),
    durability: durability('durability'),
    offsetDurability: durability('consumer_offset_durability'),
    preallocated: inForce(explicit, 'preallocate_segments').readUInt8() === 1,
  };
}

/** Whether segments for so many partitions could be laid out in advance (iggy-vsr-0.11 §4). */
export function fitsPreallocation(settings: TopicSettings, partitionsCount: number): boolean {
  const bytes = settings.segmentSizeBytes * BigInt(partitionsCount);
  return !settings.preallocated || bytes <= PREALLOCATED_BYTES_MAX;
}

export interface OptionDescription {
  key: string;
  kind: number;
  default: Buffer;
  description: string;
}

export function describeTopicOptions(): OptionDescription[] {
  return RULES.map(({ key, kind, byDefault, description }) => ({
    key,
    kind,
    default: byDefault,
    description,
  }));
}

function inForce(explicit: readonly Option[], key: string): Buffer {
  const rule = RULE_OF.get(key);
  if (rule === undefined) throw new Error(`no option is called ${key}`);
  const given = explicit.find((option) => option.key === key);
  return (given && rule.canonical(given.kind, given.value)) ?? rule.byDefault;
}

/** A topic that may hold anything must be able to hold one segment. */
function checkSizes(explicit: readonly Option[], refusal: Refusal): void {
  const { topicSizeBytesMax, segmentSizeBytes } = settingsOf(explicit);
  if (topicSizeBytesMax < segmentSizeBytes) throw refusal;
}

function choice(values: readonly [string, ...string[]]) {
  return {
    kind: STRING,
    byDefault: Buffer.from(values[0], 'latin1'),
    canonical(kind: number, value: Buffer): Buffer {
      if (kind === STRING && values.includes(value.toString('latin1'))) return Buffer.from(value);
      throw badValue();
    },
  };
}

function flag() {
  return {
    kind: BOOL,
    byDefault: Buffer.of(0),
    canonical(kind: number, value: Buffer): Buffer {
      const text = kind === STRING ? value.toString('latin1') : undefined;
      if (text === 'true' || (kind === BOOL && value.equals(Buffer.of(1)))) return Buffer.of(1);
      if (text === 'false' || (kind === BOOL && value.equals(Buffer.of(0)))) return Buffer.of(0);
      throw badValue();
    },
  };
}

function integer(rule: Integers, byDefault: bigint) {
  const max = rule.max ?? (rule.kind === UINT32 ? U32_MAX : U64_MAX);
  return {
    kind: rule.kind,
    byDefault: encodeInteger(rule.kind, byDefault),
    canonical(kind: number, value: Buffer): Buffer | undefined {
      const number = kind === STRING ? rule.parse(value.toString('utf8')) : decode(kind, value);
      if (number === 0n && rule.zeroIsUnset) return undefined;
      if (number === undefined || number < rule.min || number > max) throw badValue();
      if (number % (rule.multipleOf ?? 1n) !== 0n) throw badValue();
      return encodeInteger(rule.kind, number);
    },
  };

  function decode(kind: number, value: Buffer): bigint | undefined {
    if (kind !== rule.kind) return undefined;
    if (kind === UINT32 && value.length === 4) return BigInt(value.readUInt32LE());
    if (kind === UINT64 && value.length === 8) return value.readBigUInt64LE();
    return undefined;
  }
}

function encodeInteger(kind: typeof UINT32 | typeof UINT64, value: bigint): Buffer {
  const bytes = Buffer.alloc(kind === UINT32 ? 4 : 8);
  if (kind === UINT32) bytes.writeUInt32LE(Number(value));
  else bytes.writeBigUInt64LE(value);
  return bytes;
}

function parseExpiry(text: string): bigint | undefined {
  return /^(?:never|none|unlimited)$/i.test(text) ? U64_MAX : parseDuration(text);
}

function parseTopicSize(text: string): bigint | undefined {
  return /^(?:none|unlimited)$/i.test(text) ? U64_MAX : parseByteSize(text);
}

function badValue(): Refusal {
  return notAdmitted(STATUS.InvalidOptionValue);
}

function byKey(one: Option, other: Option): number {
  return one.key < other.key ? -1 : 1;
}
