import { describe, expect, test } from 'vitest';

import { commands, type RequestHeader, STATUS } from '../../../src/iggy-protocol/index.ts';
import { resultOf } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

function create(client: InProcessClient, name: string, header: Partial<RequestHeader>): Buffer {
  const frame = client.identity.frame(commands.createStream, { name, options: [] }, header);
  const answer = client.answer(frame);
  if (answer === undefined) throw new Error('closed');
  return answer;
}

const outcome = (answer: Buffer) => resultOf(commands.createStream, answer);

describe('a metadata request sent again', () => {
  test('is not done again: it gets the reply it got, to the byte', () => {
    const broker = new InProcessBroker();
    const client = broker.client();
    const first = create(client, 's', { request: 1n });
    broker.nowMicros += 5n;
    expect(create(client, 's', { request: 1n }).equals(first)).toBe(true);
    expect(client.done(commands.getStreams, {}).streams).toHaveLength(1);
  });

  test('is told that it was done when its reply is forgotten: five are kept', () => {
    const client = new InProcessBroker().client();
    const replies = [1n, 2n, 3n, 4n, 5n, 6n].map((request) =>
      create(client, `s${request}`, { request }),
    );
    expect(create(client, 's2', { request: 2n }).equals(replies[1] ?? Buffer.alloc(0))).toBe(true);
    expect(outcome(create(client, 's1', { request: 1n }))).toEqual({
      ok: false,
      code: STATUS.RequestAlreadyApplied,
    });
  });

  test('gaps in the numbers are legal, and what lies in them counts as done', () => {
    const client = new InProcessBroker().client();
    expect(outcome(create(client, 'a', { request: 100n })).ok).toBe(true);
    expect(outcome(create(client, 'b', { request: 50n }))).toEqual({
      ok: false,
      code: STATUS.RequestAlreadyApplied,
    });
  });

  test('a refusal by its outcome is repeated too; one that never got in may come again', () => {
    const client = new InProcessBroker().client();
    create(client, 's', { request: 1n });
    const refused = create(client, 's', { request: 2n });
    expect(outcome(refused)).toEqual({ ok: false, code: STATUS.StreamNameAlreadyExists });
    client.identity.request = 3n;
    client.done(commands.deleteStream, { stream: { kind: 'string', value: 's' } });
    expect(create(client, 's', { request: 2n }).equals(refused)).toBe(true);

    const option = { key: 'x', kind: 2, value: Buffer.from('y') };
    const frame = client.identity.frame(
      commands.createStream,
      { name: 'o', options: [option] },
      { request: 4n },
    );
    expect(resultOf(commands.createStream, client.answer(frame))).toEqual({
      ok: false,
      code: STATUS.UnsupportedOptionKey,
    });
    expect(outcome(create(client, 'o', { request: 4n })).ok).toBe(true);
  });

  test('a number that was given to something else is refused, never answered with that', () => {
    const client = new InProcessBroker().client();
    create(client, 's', { request: 1n });
    const other = client.identity.frame(
      commands.deleteStream,
      { stream: { kind: 'string', value: 's' } },
      { request: 1n },
    );
    expect(resultOf(commands.deleteStream, client.answer(other))).toEqual({
      ok: false,
      code: STATUS.InvalidCommand,
    });
  });

  test('a secret is told once', () => {
    const client = new InProcessBroker().client();
    const ask = () => {
      const request = { name: 'ci', expiry: 0n };
      const frame = client.identity.frame(commands.createPersonalAccessToken, request, {
        request: 1n,
      });
      return resultOf(commands.createPersonalAccessToken, client.answer(frame));
    };
    expect(ask().ok).toBe(true);
    expect(ask()).toEqual({ ok: false, code: STATUS.PersonalAccessTokenAlreadyExists });
  });

  test('who hangs up is forgotten, and may use the numbers anew', () => {
    const broker = new InProcessBroker();
    const first = broker.client(7n);
    create(first, 'a', { request: 1n });
    broker.core.disconnect(first.id);
    expect(outcome(create(broker.client(7n), 'b', { request: 1n })).ok).toBe(true);
  });
});
