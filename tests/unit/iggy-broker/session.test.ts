import { describe, expect, test } from 'vitest';

import {
  commands,
  encodeBody,
  EvictionReason,
  Operation,
  PROTOCOL_VERSION,
  type RequestHeader,
  STATUS,
  xxh3,
} from '../../../src/iggy-protocol/index.ts';
import { resultOf, ROOT, serverFrame } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

const SDK = { protocolVersion: PROTOCOL_VERSION, sdkName: 'test', sdkVersion: '1', context: null };

function evictionFor(client: InProcessClient, frame: Buffer) {
  const answer = serverFrame(client.answer(frame));
  return answer.kind === 'eviction' ? answer.header : undefined;
}

function createStream(client: InProcessClient, name: string, header: Partial<RequestHeader> = {}) {
  const frame = client.identity.frame(commands.createStream, { name, options: [] }, header);
  return client.answer(frame);
}

const loginFrame = (client: InProcessClient, fields: Partial<typeof SDK & typeof ROOT>): Buffer =>
  client.identity.frame(commands.login, { ...SDK, ...ROOT, ...fields });

describe('login', () => {
  test.each([
    ['a wrong password', { password: 'wrong' }],
    ['an unknown user', { username: 'nobody' }],
    ['a password too short for any user', { password: 'ab' }],
    ['a password too long for any user', { password: 'x'.repeat(101) }],
  ])('%s is refused, and another try on the same connection may succeed', (_, fields) => {
    const client = new InProcessBroker().connect();
    const refused = evictionFor(client, loginFrame(client, fields));
    expect(refused).toMatchObject({
      reason: EvictionReason.InvalidCredentials,
      client: client.identity.clientId,
      serverProtocolVersion: 0,
      serverProtocolVersionMin: 0,
    });
    client.logIn();
  });

  test('another version of the protocol is told which one would do', () => {
    const client = new InProcessBroker().connect();
    // The release after ours also says more in its login than we know how to read.
    const later = loginFrame(client, { protocolVersion: 12290 });
    expect(evictionFor(client, later)).toMatchObject({
      reason: EvictionReason.IncompatibleProtocol,
      serverProtocolVersion: PROTOCOL_VERSION,
      serverProtocolVersionMin: PROTOCOL_VERSION,
    });
  });

  test('so is one whose release has no checksum where ours has one', () => {
    const client = new InProcessBroker().connect();
    const body = { ...SDK, ...ROOT, protocolVersion: 12290 };
    const later = client.identity.frame(commands.login, body, { requestChecksum: 0xdead_beefn });
    expect(evictionFor(client, later)?.reason).toBe(EvictionReason.IncompatibleProtocol);
    const ours = client.identity.frame(
      commands.login,
      { ...body, protocolVersion: PROTOCOL_VERSION },
      { requestChecksum: 0xdead_beefn },
    );
    expect(resultOf(commands.login, client.answer(ours))).toEqual({
      ok: false,
      code: STATUS.InvalidFormat,
    });
  });

  test('a body that is no login is malformed', () => {
    const client = new InProcessBroker().connect();
    const { login } = commands;
    const whole = encodeBody(login.request, { ...SDK, ...ROOT });
    for (const body of [Buffer.alloc(0), whole.subarray(0, 8), whole.subarray(0, 14)]) {
      const frame = client.identity.rawFrame(login, body);
      expect(evictionFor(client, frame)?.reason).toBe(EvictionReason.MalformedLogin);
    }
  });

  test('a token opens the door as long as it lives', () => {
    const broker = new InProcessBroker();
    const { token } = broker
      .client()
      .done(commands.createPersonalAccessToken, { name: 'ci', expiry: 1_000_000n });
    const client = broker.connect();
    const frame = (secret: string): Buffer => client.identity.loginWithToken(secret);

    expect(evictionFor(client, frame(`${token}x`))?.reason).toBe(EvictionReason.InvalidToken);
    broker.nowMicros += 999_999n;
    expect(resultOf(commands.loginWithPat, client.answer(frame(token)))).toMatchObject({
      ok: true,
      value: { userId: 0, serverVersion: '0.9.0' },
    });
    broker.nowMicros += 1n;
    const late = broker.connect();
    expect(evictionFor(late, frame(token))?.reason).toBe(EvictionReason.InvalidToken);
  });

  test('a second one on the same connection keeps the session of the first', () => {
    const broker = new InProcessBroker();
    const client = broker.client();
    const again = resultOf(commands.login, client.answer(client.identity.login()));
    expect(again).toMatchObject({ ok: true, value: { session: client.identity.session } });
    expect(broker.client().identity.session).toBeGreaterThan(client.identity.session);
  });

  test('the same client id on a second connection takes the session from the first', () => {
    const broker = new InProcessBroker();
    const first = broker.client(7n);
    createStream(first, 'one');
    const second = broker.client(7n);

    expect(serverFrame(createStream(first, 'two'))).toMatchObject({
      kind: 'eviction',
      header: { reason: EvictionReason.NoSession },
    });
    // Reads still work, and its end does not take the id from the second one.
    expect(first.done(commands.getStreams, {}).streams).toHaveLength(1);
    broker.core.disconnect(first.id);
    second.identity.request = 2n;
    expect(resultOf(commands.createStream, createStream(second, 'two')).ok).toBe(true);
  });

  test('a connection that lost its client id may log in under another', () => {
    const broker = new InProcessBroker();
    const first = broker.client(7n);
    broker.client(7n);
    const frame = first.identity.frame(
      commands.login,
      { ...SDK, ...ROOT },
      { client: 8n, session: 0n },
    );
    expect(resultOf(commands.login, first.answer(frame)).ok).toBe(true);
    expect(resultOf(commands.createStream, createStream(first, 's', { client: 8n })).ok).toBe(true);
  });
});

describe('without login', () => {
  test('only a ping is answered; the rest is told what is missing', () => {
    const client = new InProcessBroker().connect();
    expect(client.call(commands.ping, {}).ok).toBe(true);
    expect(client.call(commands.getStreams, {})).toEqual({
      ok: false,
      code: STATUS.Unauthenticated,
    });
    expect(client.call(commands.getClusterMetadata, {}).ok).toBe(false);
    client.identity.session = 1n;
    expect(client.call(commands.logout, {}).ok).toBe(true);
    expect(serverFrame(createStream(client, 's'))).toMatchObject({
      header: { reason: EvictionReason.NoSession },
    });
  });

  test('logging out is the same', () => {
    const client = new InProcessBroker().client();
    client.done(commands.logout, {});
    expect(client.call(commands.getStreams, {}).ok).toBe(false);
    client.logIn();
    expect(client.call(commands.getStreams, {}).ok).toBe(true);
  });
});

describe('headers', () => {
  test('a checksum that does not fit is refused, one that fits or is missing is not', () => {
    const client = new InProcessBroker().client();
    const body = encodeBody(commands.createStream.request, { name: 's', options: [] });
    expect(
      resultOf(commands.createStream, createStream(client, 's', { requestChecksum: 1n })),
    ).toEqual({ ok: false, code: STATUS.InvalidFormat });
    const right = createStream(client, 's', { requestChecksum: xxh3(body) });
    expect(resultOf(commands.createStream, right).ok).toBe(true);
  });

  test.each([
    ['no client id', { client: 0n }],
    ['no session', { session: 0n }],
    ['no number', { request: 0n }],
    ['an operation nobody knows', { operation: 150 }],
    ['no operation', { operation: 0 }],
  ])('%s cannot be answered, so the connection is closed', (_, header) => {
    const client = new InProcessBroker().client();
    expect(
      client.exchange(
        client.identity.frame(commands.createStream, { name: 's', options: [] }, header),
      ),
    ).toEqual([{ connectionId: client.id, close: expect.any(String) }]);
  });

  test('neither the session nor the client id is looked at once a connection is logged in', () => {
    const client = new InProcessBroker().client();
    const foreign = createStream(client, 's', { session: 999n, client: 5n });
    expect(serverFrame(foreign)).toMatchObject({ header: { client: 5n, status: 0 } });
  });

  test('operations that servers send each other are not for clients', () => {
    const client = new InProcessBroker().client();
    for (const operation of [64, 100, 127]) {
      const frame = client.identity.rawFrame({ operation, code: 0 }, Buffer.alloc(0));
      expect(evictionFor(client, frame)?.reason).toBe(EvictionReason.InvalidRequestOperation);
    }
    expect(client.call(commands.ping, {}).ok).toBe(true);
  });
});

describe('what is not served', () => {
  const read = (code: number) => ({ operation: Operation.NonReplicated, code });

  test.each([
    ['an unknown code', 9999, STATUS.InvalidCommand],
    ['cluster routing, to a single node', commands.getPollRouting.code, STATUS.InvalidCommand],
    ['an operation sent as a read', commands.createStream.code, STATUS.FeatureUnavailable],
    [
      'a flush, for nothing is unsaved',
      commands.flushUnsavedBuffer.code,
      STATUS.FeatureUnavailable,
    ],
  ])('%s is refused, and the connection stays usable', (_, code, status) => {
    const client = new InProcessBroker().client();
    const answer = client.answer(client.identity.rawFrame(read(code), Buffer.alloc(0)));
    expect(resultOf(commands.ping, answer)).toEqual({ ok: false, code: status });
    expect(client.call(commands.ping, {}).ok).toBe(true);
  });

  test('the logins of an older generation end the session they were meant to start', () => {
    const client = new InProcessBroker().connect();
    for (const code of [38, 44]) {
      const frame = client.identity.rawFrame(read(code), Buffer.alloc(0));
      expect(evictionFor(client, frame)?.reason).toBe(EvictionReason.MalformedLogin);
    }
  });
});
