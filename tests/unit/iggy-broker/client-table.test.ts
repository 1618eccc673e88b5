import { describe, expect, test } from 'vitest';

import type { BrokerLimits } from '../../../src/iggy-broker/limits.ts';
import { openStorage } from '../../../src/iggy-broker/sqlite-storage.ts';
import {
  commands,
  HEADER_BYTES,
  type RequestHeader,
  STATUS,
} from '../../../src/iggy-protocol/index.ts';
import { resultOf } from '../../support/broker-client.ts';
import { SocketClient } from '../../support/socket-client.ts';
import {
  InProcessBroker,
  type InProcessClient,
  startTestBroker,
  temporaryDirectory,
} from '../../support/start-broker.ts';

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

describe('a metadata request sent again after a restart of the broker', () => {
  const restarted = (broker: InProcessBroker, limits: Partial<BrokerLimits> = {}) =>
    new InProcessBroker({ storage: broker.storage, limits });

  test('is not done again: it gets the reply it got, to the byte; older ones were done', () => {
    const broker = new InProcessBroker();
    const client = broker.client(7n);
    create(client, 'a', { request: 1n });
    const newest = create(client, 'b', { request: 2n });
    const again = restarted(broker);
    const returned = again.client(7n);
    expect(create(returned, 'b', { request: 2n }).equals(newest)).toBe(true);
    expect(outcome(create(returned, 'a', { request: 1n }))).toEqual({
      ok: false,
      code: STATUS.RequestAlreadyApplied,
    });
    expect(outcome(create(returned, 'c', { request: 3n })).ok).toBe(true);
    expect(returned.done(commands.getStreams, {}).streams).toHaveLength(3);
  });

  test('is recognised where the broker was stopped, too', async () => {
    const dataDirectory = temporaryDirectory();
    const ask = async () => {
      const broker = await startTestBroker({ dataDirectory });
      const client = await (await SocketClient.connect(broker.port, 7n)).logIn();
      const { identity } = client;
      const answer = await client.answer(
        identity.frame(commands.createStream, { name: 's', options: [] }, { request: 1n }),
      );
      await broker.stop();
      return answer;
    };
    expect(await ask()).toEqual(await ask());
  });

  test('is a new one if its client had hung up before', () => {
    const broker = new InProcessBroker();
    const client = broker.client(7n);
    create(client, 'a', { request: 1n });
    broker.core.disconnect(client.id);
    broker.core.commit();
    expect(outcome(create(restarted(broker).client(7n), 'b', { request: 1n }))).toMatchObject({
      value: { name: 'b' },
    });
  });

  test('is not told a secret', () => {
    const broker = new InProcessBroker();
    const ask = (client: InProcessClient) =>
      client.call(commands.createPersonalAccessToken, { name: 'ci', expiry: 0n });
    expect(ask(broker.client(7n)).ok).toBe(true);
    expect(ask(restarted(broker).client(7n))).toEqual({
      ok: false,
      code: STATUS.PersonalAccessTokenAlreadyExists,
    });
  });

  test('is not recognised if nothing of it was committed', () => {
    const directory = temporaryDirectory();
    const storage = openStorage(directory);
    const broker = new InProcessBroker({ storage });
    const client = broker.client(7n);
    const frame = client.identity.frame(
      commands.createStream,
      { name: 's', options: [] },
      { request: 1n },
    );
    broker.core.receive(client.id, frame);
    storage.close();
    const again = new InProcessBroker({ storage: openStorage(directory) });
    expect(outcome(create(again.client(7n), 's', { request: 1n })).ok).toBe(true);
    again.storage.close();
  });
});

describe('replies that are remembered', () => {
  /** Two clients, then one more than may be remembered; what the first one hears of its own request. */
  function firstOfThree(limits: Partial<BrokerLimits>, restart: boolean) {
    const broker = new InProcessBroker({ limits: restart ? {} : limits });
    for (const clientId of [1n, 2n, 3n]) {
      create(broker.client(clientId), `s${clientId}`, { request: 1n });
    }
    const { storage } = broker;
    const asked = restart ? new InProcessBroker({ storage, limits }) : broker;
    return outcome(create(asked.client(1n), 's1', { request: 1n }));
  }
  const bytes = HEADER_BYTES + 4 + 32 + 3 + 4;

  test.each([
    ['three clients', { repliedClientsMax: 3 }, true],
    ['two clients', { repliedClientsMax: 2 }, false],
    ['the bytes of three', { repliesBytesMax: 3 * bytes }, true],
    ['one byte less', { repliesBytesMax: 3 * bytes - 1 }, false],
  ])('of %s: the oldest of three is kept: %#', (_, limits, kept) => {
    expect(firstOfThree(limits, false)).toEqual(
      kept
        ? expect.objectContaining({ ok: true })
        : { ok: false, code: STATUS.RequestAlreadyApplied },
    );
    // Nothing is known of the client any more, so its request is done: and meets what it did before.
    expect(firstOfThree(limits, true)).toEqual(
      kept
        ? expect.objectContaining({ ok: true })
        : { ok: false, code: STATUS.StreamNameAlreadyExists },
    );
  });

  test('do not count any more once there are five newer ones', () => {
    const client = new InProcessBroker({ limits: { repliesBytesMax: 5 * bytes } }).client();
    for (let request = 1n; request <= 6n; request += 1n) {
      create(client, `s${request}`, { request });
    }
    expect(outcome(create(client, 's6', { request: 6n })).ok).toBe(true);
  });
});
