import fc from 'fast-check';

import { eventText } from '../../tests/support/events.ts';
import { anyJsonText, anySpace } from '../../tests/support/json-texts.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const ID = '8a6e0804-2bd0-4672-b79d-d97027f9071a';

/** The event's data is what a client may write as it likes. */
const goodEvent = anyJsonText().map((data) => eventText(data, ID));

const anyEnvelope = fc.oneof(
  fc
    .tuple(anySpace(), anySpace(), goodEvent)
    .map(([before, after, event]) => `{${before}"event"${after}:${before}${event}${after}}`),
  fc
    .tuple(goodEvent, anyJsonText())
    .map(([event, key]) => `{"event":${event},"partition_key":${key}}`),
  fc.tuple(anyJsonText(), anyJsonText()).map(([id, data]) => {
    const event = eventText(data, ID).replace(`"${ID}"`, id);
    return `{"event":${event}}`;
  }),
  anyJsonText().map((event) => `{"event":${event}}`),
  anyJsonText(),
  fc.string({ unit: 'binary' }),
  fc.nat({ max: 80 }).map((depth) => `{"event":${'['.repeat(depth)}${']'.repeat(depth)}}`),
);

/** What is accepted is stored byte for byte. */
export const eventBodies = target({
  name: 'event-bodies',
  arbitrary: anyEnvelope,
  async check(text, gateway) {
    const body = Buffer.from(text);
    gateway.client.sends.length = 0;
    const type = 'Content-Type: application/json';
    const { status } = await gateway.ask(['POST /messages HTTP/1.1', type], body);
    must(status === 201 || status === 400, `the body was answered with ${status}`);

    const sent = gateway.client.sends.at(-1);
    must((sent !== undefined) === (status === 201), 'what was sent is not what was answered');
    if (!sent) return;
    const [message] = sent.messages;
    must(message !== undefined && body.includes(message.payload), 'other bytes were stored');
    JSON.parse(Buffer.from(message.payload).toString());
  },
});
