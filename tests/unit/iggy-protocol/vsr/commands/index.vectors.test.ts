import { describe, expect, test } from 'vitest';

import {
  type Command,
  commands,
  decodeBody,
  encodeBatch,
  encodeBody,
  pollMessages,
  readRecords,
  sendMessages,
} from '../../../../../src/iggy-protocol/index.ts';
import {
  type Fields,
  fromHex,
  loadVectors,
  payloadBytes,
  toFields,
  type Vector,
} from '../../../../support/vectors.ts';
import { type MessageField, toBatchMessages } from '../../support/messages.ts';

interface CommandVector extends Vector {
  code: number;
  operation: number;
  /** `messages` is there in sends and polls, where we have raw bytes. */
  fields: Fields & { messages?: MessageField[] };
}

const requests = loadVectors<CommandVector>('vsr-0.11', 'requests');
const responses = loadVectors<CommandVector>('vsr-0.11', 'responses');

const ALL: readonly Command<unknown, unknown>[] = Object.values(commands);

/** Vector names are a command's name, perhaps a variant, and a number: `create_topic_no_options/0`. */
function commandOf(vector: Vector): Command<unknown, unknown> {
  const name = vector.name.replace('_no_options', '').replace(/\/\d+$/, '');
  const command = ALL.find((it) => it.name === name);
  if (command === undefined) throw new Error(`${name} is no command of ours`);
  return command;
}

/** The fields of a vector with long payloads written out, as `toFields` spells ours. */
function expectedFields({ fields }: CommandVector): Fields {
  if (fields.messages === undefined) return fields;
  const messages = fields.messages.map(({ payload, ...message }) =>
    Object.assign({ payloadHex: payloadBytes(payload).toString('hex') }, message),
  );
  return { ...fields, messages };
}

describe('requests made by the released Rust crate', () => {
  test.each(requests)('$name is read as what it was made of, and written alike', (vector) => {
    const { request, code, operation } = commandOf(vector);
    expect([code, operation]).toEqual([vector.code, vector.operation]);
    const body = fromHex(vector.hex);
    expect(encodeBody(request, decodeBody(request, body)).toString('hex')).toBe(vector.hex);
    expect(toFields(requestValue(vector, body))).toEqual(expectedFields(vector));
  });

  test.each(requests.filter(({ code }) => code === sendMessages.code))(
    '$name carries the batch that its messages make',
    ({ fields, hex }) => {
      const { batch, messagesCount } = decodeBody(sendMessages.request, fromHex(hex));
      const messages = toBatchMessages(fields.messages);
      expect(messagesCount).toBe(messages.length);
      expect(encodeBatch(messages).equals(batch)).toBe(true);
    },
  );

  test('all ran', () => {
    expect(requests).toHaveLength(171);
  });

  test('cover every command but the three that repeat the body of another', () => {
    const covered = new Set(requests.map((vector) => commandOf(vector).name));
    const rest = ALL.map(({ name }) => name).filter((name) => !covered.has(name));
    expect(rest.toSorted()).toEqual([
      'get_consumer_offset_routing',
      'get_poll_routing',
      'poll_messages_on_primary',
    ]);
  });
});

/** A request as the vectors see it: with its messages in place of the batch. */
function requestValue(vector: CommandVector, body: Buffer): unknown {
  if (vector.code !== sendMessages.code) return decodeBody(commandOf(vector).request, body);
  const { batch, messagesCount: _, ...target } = decodeBody(sendMessages.request, body);
  const messages = readRecords(batch).map(({ id, originTimestamp, payload, userHeaders }) => ({
    id,
    originTimestamp,
    payload,
    userHeaders,
  }));
  return { ...target, messages };
}

describe('replies made by the released Rust crate', () => {
  test.each(responses)('$name is read as what it was made of, and written alike', (vector) => {
    const { response, code, operation } = commandOf(vector);
    expect([code, operation]).toEqual([vector.code, vector.operation]);
    const payload = fromHex(vector.hex);
    expect(encodeBody(response, decodeBody(response, payload)).toString('hex')).toBe(vector.hex);
    expect(toFields(responseValue(vector, payload))).toEqual(expectedFields(vector));
  });

  test('all ran', () => {
    expect(responses).toHaveLength(70);
  });
});

/** A reply as the vectors see it: with its messages in place of the records. */
function responseValue(vector: CommandVector, payload: Buffer): unknown {
  if (vector.code !== pollMessages.code) return decodeBody(commandOf(vector).response, payload);
  const { records, ...reply } = decodeBody(pollMessages.response, payload);
  return { ...reply, messages: readRecords(records) };
}
