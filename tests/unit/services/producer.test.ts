import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { findTextHeader } from '../../../src/iggy-client/text-headers.ts';
import { resourceName } from '../../../src/models/name.ts';
import { producer } from '../../../src/services/producer.ts';
import { TrafficCounter } from '../../../src/services/traffic.ts';
import { askBrokerWithin } from '../../../src/services/translate-error.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { rejectionOf } from '../../support/problems.ts';

const { signal } = new AbortController();
const PATH = { stream: resourceName.parse('s'), topic: resourceName.parse('t') };
const MESSAGES = {
  events: [
    { eventId: 'a', messageId: 1n, text: Buffer.from('{"a":1}') },
    { eventId: 'b', messageId: 2n, text: Buffer.from('{"b":2}') },
  ],
  partitionKey: undefined,
};

async function setUp() {
  const client = new FakeIggy();
  await client.createStream('s', { signal });
  await client.createTopic('s', { name: 't', partitionsCount: 1, options: {} }, { signal });
  client.forgetCalls();
  const traffic = new TrafficCounter();
  const clock = new FakeClock();
  const askBroker = askBrokerWithin({ phase: () => 'running', status: () => client.status() });
  return { client, traffic, clock, service: producer({ client, askBroker, clock, traffic }) };
}

describe('a send', () => {
  test('goes as one batch, with the time of arrival, and each event gets its own offset', async () => {
    const { client, clock, service } = await setUp();
    await service.send(PATH, MESSAGES, signal);
    await clock.advance(5);
    const sent = await service.send(PATH, MESSAGES, signal);

    expect(client.sends).toHaveLength(2);
    expect(client.sends[1]).toEqual({
      stream: 's',
      topic: 't',
      partitioning: { kind: 'balanced' },
      messages: [
        { id: 1n, originTimestampMicros: clock.nowMicros(), payload: Buffer.from('{"a":1}') },
        { id: 2n, originTimestampMicros: clock.nowMicros(), payload: Buffer.from('{"b":2}') },
      ],
    });
    expect(sent).toEqual({
      stream: 's',
      topic: 't',
      acknowledgedAtMicros: clock.nowMicros(),
      events: [
        { eventId: 'a', messageId: 1n, partitionId: 0, offset: 2n },
        { eventId: 'b', messageId: 2n, partitionId: 0, offset: 3n },
      ],
    });
  });

  test('with a key leaves the choice of the partition to the key', async () => {
    const { client, service } = await setUp();
    await service.send(PATH, { ...MESSAGES, partitionKey: 'k' }, signal);
    expect(client.sends[0]?.partitioning).toEqual({ kind: 'key', key: 'k' });
  });

  test('whose offset nobody tells is confirmed all the same', async () => {
    const { client, service } = await setUp();
    client.send = async () => ({ partitionId: 4, baseOffset: undefined });
    const { events } = await service.send(PATH, MESSAGES, signal);
    expect(events).toMatchObject([
      { partitionId: 4, offset: undefined },
      { partitionId: 4, offset: undefined },
    ]);
  });

  test('carries the trace it belongs to as a user header of every message', async () => {
    const { client, service } = await setUp();
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await service.send(PATH, { ...MESSAGES, traceparent }, signal);
    const headers = client.sends[0]?.messages.map(({ userHeaders = new Uint8Array() }) =>
      findTextHeader(Buffer.from(userHeaders), 'traceparent'),
    );
    expect(headers).toEqual([traceparent, traceparent]);
  });

  test('to a topic that is not there names what is missing', async () => {
    const { service } = await setUp();
    const path = { ...PATH, topic: resourceName.parse('nope') };
    const error = await rejectionOf(service.send(path, MESSAGES, signal));
    expect(error).toMatchObject({
      code: 'not_found',
      message: "Topic 'nope' does not exist in stream 's'",
    });
  });

  test('is counted by what became of it', async () => {
    const { client, traffic, service } = await setUp();
    await service.send(PATH, MESSAGES, signal);
    client.failures.set('send', new IggyError('outcome-unknown', 'x'));
    const error = await rejectionOf(service.send(PATH, MESSAGES, signal));
    expect(error.code).toBe('outcome_unknown');
    expect(traffic.snapshot()).toEqual({ messagesSent: 2, messagesReceived: 0, sendFailures: 1 });
  });
});
