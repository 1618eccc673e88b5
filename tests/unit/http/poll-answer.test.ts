import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { toPollAnswer } from '../../../src/http/poll-answer.ts';
import { eventText } from '../../support/events.ts';
import { anyJsonText } from '../../support/json-texts.ts';

interface Answer {
  messages: Record<string, unknown>[];
  count: number;
}

function answerText(...payloads: readonly (string | Buffer)[]): string {
  const messages = payloads.map((payload, index) => ({
    offset: BigInt(index),
    id: 2n ** 128n - 1n,
    timestampMicros: 1_795_227_769_123_456n,
    payload: Buffer.from(payload),
  }));
  return toPollAnswer({ partitionId: 2, currentOffset: 2n ** 64n - 1n, messages }).toString();
}

function answer(...payloads: readonly (string | Buffer)[]): Answer {
  return JSON.parse(answerText(...payloads)) as Answer;
}

test('an event may have many members side by side', () => {
  const stored = eventText(`[${Array(100).fill('{},[]').join(',')}]`);
  expect(answer(stored).messages).toMatchObject([{ event: JSON.parse(stored) as unknown }]);
});

test('an empty page is a page', () => {
  expect(answerText()).toBe(
    '{"messages":[],"count":0,"partition_id":2,"current_offset":18446744073709551615}',
  );
});

test('a stored event comes back byte for byte', () => {
  fc.assert(
    fc.property(fc.array(anyJsonText(), { maxLength: 4 }), (list) => {
      const texts = list.map((data) => eventText(data));
      const text = answerText(...texts);
      for (const stored of texts) expect(text).toContain(`"event":${stored},"size":`);
      expect(answer(...texts).count).toBe(texts.length);
    }),
  );
});

test('a page too large for one text has the same bytes', () => {
  const stored = [eventText('1'), eventText(JSON.stringify('€'.repeat(600_000)))];
  const large = answerText(...stored, 'no event');
  const [first, second, third] = stored
    .map((text) => answerText(text))
    .concat(answerText('no event'));
  const shown = (page: string | undefined): string =>
    page?.slice('{"messages":['.length, page.indexOf('],"count"')) ?? '';
  const expected = [first, second, third].map((page, index) =>
    shown(page).replace('"offset":0', `"offset":${index}`),
  );
  expect(large).toBe(
    `{"messages":[${expected.join(',')}],"count":3,"partition_id":2,"current_offset":18446744073709551615}`,
  );
});

test('a message tells where it is and how large, with its id as text', () => {
  const stored = eventText('1');
  expect(answer(stored).messages).toEqual([
    {
      offset: 0,
      timestamp: '2026-11-21T02:22:49.123456Z',
      id: '340282366920938463463374607431768211455',
      event: JSON.parse(stored),
      size: stored.length,
    },
  ]);
});

test('a message that belongs to a trace says so, and any other does not', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const message = { offset: 0n, id: 1n, timestampMicros: 0n, payload: Buffer.from(eventText('1')) };
  const messages = [message, { ...message, traceparent }];
  const text = toPollAnswer({ partitionId: 2, currentOffset: 1n, messages }).toString();
  const shown = (JSON.parse(text) as Answer).messages.map((it) => it['traceparent']);
  expect(shown).toEqual([undefined, traceparent]);
});

describe('a message that is no event', () => {
  test.each([
    ['is not UTF-8', Buffer.from([0xff, 0xfe])],
    ['is not JSON', 'hello'],
    ['is not JSON', ''],
    ['is not JSON', `\u{feff}${eventText('1')}`],
    ['is not JSON', `${eventText('1')}]`],
    ['is nested deeper than 64 levels', '['.repeat(1_000_000)],
    ['is nested deeper than 64 levels', Buffer.from(`${'['.repeat(65)}\xff`, 'latin1')],
    ['is no event: it must be an object', '5'],
    ['is no event: /id is required', '{}'],
  ])('is shown raw with the reason: %s', (reason, payload) => {
    const bytes = Buffer.from(payload);
    expect(answer(payload).messages).toEqual([
      {
        offset: 0,
        timestamp: '2026-11-21T02:22:49.123456Z',
        id: '340282366920938463463374607431768211455',
        event: null,
        size: bytes.length,
        payload_base64: bytes.toString('base64'),
        decode_error: reason,
      },
    ]);
  });

  test('does not hide its neighbours', () => {
    const { messages } = answer(eventText('1'), Buffer.from([0]), eventText('2'));
    expect(messages.map(({ event }) => event !== null)).toEqual([true, false, true]);
  });

  test('whatever its bytes, leaves the answer valid JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const [message] = answer(Buffer.from(bytes)).messages;
        expect(message).toMatchObject({ payload_base64: Buffer.from(bytes).toString('base64') });
      }),
    );
  });
});
