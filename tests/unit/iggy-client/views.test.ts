import { describe, expect, test } from 'vitest';

import {
  optionText,
  toMessage,
  toOptions,
  toStats,
  toStream,
  toTopic,
} from '../../../src/iggy-client/views.ts';
import { commands, decodeBody, readRecords, STATUS } from '../../../src/iggy-protocol/index.ts';
import { loadVectors } from '../../support/vectors.ts';

const responses = loadVectors<{ name: string; hex: string }>('vsr-0.11', 'responses');

function body(name: string): Buffer {
  const found = responses.find((it) => it.name === name);
  if (found === undefined) throw new Error(`no response ${name}`);
  return Buffer.from(found.hex, 'hex');
}

test('a stream', () => {
  const stream = decodeBody(commands.createStream.response, body('create_stream/1'));
  expect(toStream(stream)).toEqual({
    id: 1,
    name: 'orders',
    createdAtMicros: 1_795_000_000_000_001n,
    topicsCount: 0,
    sizeBytes: 12_345n,
    messagesCount: 10n,
  });
});

test('a topic shows every option in force, given or derived, as text', () => {
  const { topics } = decodeBody(commands.getTopics.response, body('get_topics/1'));
  const [topic] = topics.map(toTopic);
  expect(topic).toEqual({
    id: 0,
    name: 't1',
    createdAtMicros: 1_795_000_000_000_100n,
    partitionsCount: 1,
    sizeBytes: 0n,
    messagesCount: 0n,
    options: {
      compression_algorithm: 'none',
      consumer_offset_durability: 'replicated',
      durability: 'replicated',
      max_topic_size: '18446744073709551615',
      message_expiry: '18446744073709551615',
      messages_required_to_save: '1024',
      preallocate_segments: 'false',
      segment_size: '1073741824',
      size_of_messages_required_to_save: '1048576',
    },
  });
});

test('totals', () => {
  expect(toStats(decodeBody(commands.getStats.response, body('get_stats/0')))).toEqual({
    streamsCount: 1,
    topicsCount: 2,
    partitionsCount: 3,
    messagesCount: 5n,
    messagesSizeBytes: 13n,
  });
});

test('a message', () => {
  const { records } = decodeBody(commands.pollMessages.response, body('poll_messages/2'));
  expect(readRecords(records).map(toMessage)[0]).toEqual({
    offset: 2n,
    id: 1_339_673_755_198_158_349_044_581_307_228_491_536n,
    timestampMicros: 1_795_000_100_000_000n,
    originTimestampMicros: 1_795_000_000_000_005n,
    payload: Buffer.from('world'),
    userHeaders: Buffer.from('02010000006b020100000076', 'hex'),
  });
});

test.each([
  [2, '6e6f6e65', 'none'],
  [3, '00', 'false'],
  [3, '01', 'true'],
  [4, 'ff', '-1'],
  [7, 'ffffffffffffffff', '-1'],
  [8, 'feffffffffffffffffffffffffffffff', '-2'],
  [9, 'ff', '255'],
  [11, '00040000', '1024'],
  [12, 'ffffffffffffffff', '18446744073709551615'],
  [13, '00000000000000000100000000000000', '18446744073709551616'],
  [11, '0004', '0004'],
  [3, '0000', '0000'],
  [1, 'cafe', 'cafe'],
  [99, 'cafe', 'cafe'],
])('an option of kind %d with bytes %s reads %s', (kind, hex, text) => {
  expect(optionText({ key: 'k', kind, value: Buffer.from(hex, 'hex') })).toBe(text);
});

describe('options of a new topic', () => {
  test('travel as text, ordered by key bytes, and no other is added', () => {
    expect(toOptions({ b: '2', a: '1', ä: '3', B: '4' })).toEqual(
      [
        ['B', '4'],
        ['a', '1'],
        ['b', '2'],
        ['ä', '3'],
      ].map(([key, text]) => ({ key, kind: 2, value: Buffer.from(text ?? '') })),
    );
    expect(toOptions({})).toEqual([]);
  });

  test.each([
    ['an empty value', { k: '' }, STATUS.InvalidOptionValue],
    ['a long value', { k: 'v'.repeat(256) }, STATUS.InvalidOptionValue],
    ['an empty key', { '': 'v' }, STATUS.UnsupportedOptionKey],
    ['a long key', { ['ä'.repeat(128)]: 'v' }, STATUS.UnsupportedOptionKey],
  ])('%s is refused as the broker would', (_, options, code) => {
    expect(() => toOptions(options)).toThrow(expect.objectContaining({ kind: 'refused', code }));
  });
});
