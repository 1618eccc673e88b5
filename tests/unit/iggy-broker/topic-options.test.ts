import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Refusal } from '../../../src/iggy-broker/refusal.ts';
import {
  acceptOptions,
  checkPatch,
  derivedOptions,
  describeTopicOptions,
  fitsPreallocation,
  patchOptions,
  settingsOf,
} from '../../../src/iggy-broker/topic-options.ts';
import { type Option, STATUS } from '../../../src/iggy-protocol/index.ts';

const text = (key: string, value: string): Option => ({ key, kind: 2, value: Buffer.from(value) });
const u32 = (key: string, value: number): Option => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return { key, kind: 11, value: bytes };
};
const u64 = (key: string, value: bigint): Option => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return { key, kind: 12, value: bytes };
};
const flag = (value: number): Option => ({
  key: 'preallocate_segments',
  kind: 3,
  value: Buffer.of(value),
});

const MIB = 1024n * 1024n;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

function codeOf(run: () => unknown): number | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

describe('accepted', () => {
  test.each([
    [text('segment_size', '1 MiB'), u64('segment_size', MIB)],
    [text('max_topic_size', 'unlimited'), u64('max_topic_size', U64_MAX)],
    [text('message_expiry', 'never'), u64('message_expiry', U64_MAX)],
    [text('messages_required_to_save', '1'), u32('messages_required_to_save', 1)],
    [
      text('size_of_messages_required_to_save', '512'),
      u64('size_of_messages_required_to_save', 512n),
    ],
    [text('preallocate_segments', 'true'), flag(1)],
    [text('preallocate_segments', 'false'), flag(0)],
  ])('text becomes the option’s own kind', (given, canonical) => {
    expect(acceptOptions([given])).toEqual([canonical]);
  });

  test.each([
    text('compression_algorithm', 'none'),
    text('durability', 'persisted'),
    text('consumer_offset_durability', 'replicated'),
    u64('segment_size', 1024n * MIB),
    u64('segment_size', MIB),
    u32('messages_required_to_save', 16_777_216),
    u64('size_of_messages_required_to_save', 1024n * MIB),
    u64('message_expiry', U64_MAX),
    flag(1),
  ])('a canonical value stays what it is', (option) => {
    expect(acceptOptions([option])).toEqual([option]);
  });

  test.each([
    u64('message_expiry', 0n),
    u64('max_topic_size', 0n),
    text('segment_size', '0'),
    u64('size_of_messages_required_to_save', 0n),
  ])('a zero says that the option is not set', (option) => {
    expect(acceptOptions([option])).toEqual([]);
  });

  test('explicit and derived options are all there are, each block in order of keys', () => {
    const keys = describeTopicOptions().map(({ key }) => key);
    const given = [
      text('max_topic_size', '2 GiB'),
      text('durability', 'persisted'),
      text('compression_algorithm', 'gzip'),
      text('message_expiry', '1h'),
      text('messages_required_to_save', '1'),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(given), (options) => {
        const explicit = acceptOptions(options);
        const derived = derivedOptions(explicit);
        const keysOf = (list: Option[]) => list.map(({ key }) => key);
        expect(keysOf(explicit)).toEqual(keysOf(options).toSorted());
        expect(keysOf(derived)).toEqual(keysOf(derived).toSorted());
        expect([...keysOf(explicit), ...keysOf(derived)].toSorted()).toEqual(keys.toSorted());
        expect(acceptOptions(explicit)).toEqual(explicit);
      }),
    );
  });
});

describe('refused', () => {
  test.each([
    text('compression_algorithm', 'zstd'),
    text('durability', 'Persisted'),
    u64('segment_size', MIB - 512n),
    u64('segment_size', MIB + 1n),
    u64('segment_size', 1024n * MIB + 512n),
    u32('segment_size', 1_048_576),
    text('segment_size', 'abc'),
    u32('messages_required_to_save', 0),
    u32('messages_required_to_save', 16_777_217),
    u64('size_of_messages_required_to_save', 1024n * MIB + 1n),
    text('message_expiry', '5'),
    text('message_expiry', `${'9'.repeat(25)}y`),
    { ...u64('message_expiry', 1n), value: Buffer.alloc(7) },
    flag(2),
    text('preallocate_segments', '1'),
  ])('a value out of range or of another kind', (option) => {
    expect(codeOf(() => acceptOptions([option]))).toBe(STATUS.InvalidOptionValue);
  });

  test('unknown keys, the number of partitions among them', () => {
    for (const key of ['enforce_fsync', 'partitions_count', '__proto__', 'constructor']) {
      expect(codeOf(() => acceptOptions([text(key, '1')]))).toBe(STATUS.UnsupportedOptionKey);
    }
  });

  test('a topic smaller than one of its segments', () => {
    const small = u64('max_topic_size', 4n * MIB);
    expect(codeOf(() => acceptOptions([small]))).toBe(STATUS.InvalidTopicSize);
    expect(codeOf(() => acceptOptions([small, u64('segment_size', 4n * MIB)]))).toBeUndefined();
  });
});

describe('changed later', () => {
  test('are three options only, and their values are kept as they were sent', () => {
    const patch = [text('message_expiry', '1h'), u64('max_topic_size', 0n)];
    expect(codeOf(() => checkPatch(patch))).toBeUndefined();
    expect(codeOf(() => checkPatch([text('durability', 'persisted')]))).toBe(
      STATUS.UnsupportedOptionKey,
    );
    expect(codeOf(() => checkPatch([text('message_expiry', 'x')]))).toBe(STATUS.InvalidOptionValue);

    const patched = patchOptions(acceptOptions([text('message_expiry', '2h')]), patch);
    expect(patched).toEqual([u64('max_topic_size', 0n), text('message_expiry', '1h')]);
    expect(settingsOf(patched)).toMatchObject({
      messageExpiryMicros: 3_600_000_000n,
      topicSizeBytesMax: U64_MAX,
    });
  });

  test('do not share memory with the request that changed them', () => {
    const option = text('message_expiry', '1h');
    const [patched] = patchOptions([], [option]);
    option.value.fill(0);
    expect(patched?.value.toString()).toBe('1h');
  });
});

test('settings are the defaults where nothing is said', () => {
  expect(settingsOf([])).toEqual({
    compressionAlgorithm: 1,
    messageExpiryMicros: U64_MAX,
    topicSizeBytesMax: U64_MAX,
    segmentSizeBytes: 1024n * MIB,
    durability: 'replicated',
    offsetDurability: 'replicated',
    preallocated: false,
  });
});

test('segments may be laid out in advance up to 64 GiB', () => {
  const settings = settingsOf([flag(1)]);
  expect(fitsPreallocation(settings, 64)).toBe(true);
  expect(fitsPreallocation(settings, 65)).toBe(false);
  expect(fitsPreallocation(settingsOf([]), 65)).toBe(true);
});
