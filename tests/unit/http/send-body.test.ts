import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FAULTS_TOLD_MAX, parseSendOne, sendManyParser } from '../../../src/http/send-body.ts';
import { eventText } from '../../support/events.ts';
import { anyJsonText, anySpace } from '../../support/json-texts.ts';
import { problemOf } from '../../support/problems.ts';

const ID = '550E8400-e29b-41d4-a716-446655440000';

function paths(work: () => unknown): (string | undefined)[] {
  return (problemOf(work).issues ?? []).map(({ path }) => path);
}

describe('one event', () => {
  test('keeps its own text, whatever stands around it', () => {
    fc.assert(
      fc.property(anyJsonText(), anySpace(), fc.boolean(), (data, space, keyFirst) => {
        const text = eventText(data);
        const key = `${space}"partition_key"${space}:"k"`;
        const event = `"event":${space}${text}${space}`;
        const body = `{${keyFirst ? `${key},${event}` : `${event},${key}`}}`;
        const { events, partitionKey } = parseSendOne(Buffer.from(body));
        expect(events.map((it) => it.text.toString())).toEqual([text]);
        expect(partitionKey).toBe('k');
      }),
    );
  });

  test('is known by its id in lower case, and by that id as a number', () => {
    const { events } = parseSendOne(Buffer.from(`{"event":${eventText('1', ID)}}`));
    expect(events).toMatchObject([
      { eventId: ID.toLowerCase(), messageId: 0x550e8400e29b41d4a716446655440000n },
    ]);
  });

  test('is not copied', () => {
    const body = Buffer.from(`{"event":${eventText('1')}}`);
    expect(parseSendOne(body).events[0]?.text.buffer).toBe(body.buffer);
  });

  test('needs no key; null is none, and an empty one is none', () => {
    const withKey = (key: string): Buffer =>
      Buffer.from(`{"event":${eventText('1')},"partition_key":${key}}`);
    expect(parseSendOne(withKey('null')).partitionKey).toBeUndefined();
    expect(paths(() => parseSendOne(withKey('""')))).toEqual(['/partition_key']);
    expect(paths(() => parseSendOne(withKey('"\\ud800"')))).toEqual(['/partition_key']);
    expect(paths(() => parseSendOne(withKey('5')))).toEqual(['/partition_key']);
  });

  test('is refused with all its faults, each by its place in the body', () => {
    const event = `{"id":"x","event_type":"t","payload":{"type":"User","data":{"action":"Created"}}}`;
    expect(paths(() => parseSendOne(Buffer.from(`{"event":${event},"evnt":1}`)))).toEqual([
      '/evnt',
      '/event/id',
      '/event/timestamp',
      '/event/payload/data/user_id',
      '/event/payload/data/email',
      '/event/payload/data/name',
    ]);
  });

  test('that stands there twice is refused: nobody could say which one would be stored', () => {
    const event = eventText('1');
    expect(paths(() => parseSendOne(Buffer.from(`{"event":${event},"event":${event}}`)))).toEqual([
      '/event',
    ]);
  });
});

describe('a batch', () => {
  test('keeps the text of every event', () => {
    fc.assert(
      fc.property(
        fc.array(anyJsonText(), { minLength: 1, maxLength: 5 }),
        anySpace(),
        (list, space) => {
          const texts = list.map((data) => eventText(data));
          const body = `{"events":[${space}${texts.join(`${space},${space}`)}]}`;
          const { events } = sendManyParser(5)(Buffer.from(body));
          expect(events.map((it) => it.text.toString())).toEqual(texts);
        },
      ),
    );
  });

  const good = eventText('1', ID);

  test('may have a key for all of them', () => {
    const body = `{"events":[${good}],"partition_key":"k"}`;
    expect(sendManyParser(1)(Buffer.from(body)).partitionKey).toBe('k');
  });

  test.each([
    ['{}', ['/events']],
    ['{"events":[]}', ['/events']],
    ['{"events":{}}', ['/events']],
    [`{"events":[${Array(4).fill(good).join(',')}]}`, ['/events']],
    [`{"events":[${good}],"event":1}`, ['/event']],
    [`{"events":[${good},5,${good}]}`, ['/events/1']],
    [`{"events":[5],"partition_key":7,"x":1}`, ['/x', '/partition_key', '/events/0']],
  ])('may not be %s', (body, expected) => {
    expect(paths(() => sendManyParser(3)(Buffer.from(body)))).toEqual(expected);
  });

  test('names every bad index, however many faults there are', () => {
    const count = FAULTS_TOLD_MAX;
    const body = `{"events":[${Array(count).fill('{}').join(',')}]}`;
    const found = paths(() => sendManyParser(count)(Buffer.from(body)));
    const indexes = new Set(found.map((path) => path?.split('/')[2]));
    expect(indexes.size).toBe(count);
    const toldOf = (index: number): number =>
      found.filter((path) => path?.startsWith(`/events/${index}/`)).length;
    const each = toldOf(0);
    expect(each).toBeGreaterThan(1);
    const inFull = Math.ceil(FAULTS_TOLD_MAX / each);
    expect([toldOf(inFull - 1), toldOf(inFull)]).toEqual([each, 1]);
  });
});
