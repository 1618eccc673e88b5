import { describe, expect, test } from 'vitest';

import {
  commands,
  EvictionReason,
  Operation,
  PROTOCOL_VERSION,
} from '../../../src/iggy-protocol/index.ts';
import { named, resultOf, ROOT, serverFrame } from '../../support/broker-client.ts';
import { InProcessBroker, type InProcessClient } from '../../support/start-broker.ts';

const SDK = { protocolVersion: PROTOCOL_VERSION, sdkName: 'test', sdkVersion: '1', context: null };
const USER = { username: 'anna', password: 'secret' };
const ACTIVE = 1;
const INACTIVE = 2;

type Provocation = (broker: InProcessBroker) => Reply | Promise<Reply>;
type Reply = Buffer | undefined;

function createUser(root: InProcessClient): void {
  root.done(commands.createUser, { ...USER, status: ACTIVE, permissions: null, options: [] });
}

const logIn = (client: InProcessClient, credentials = ROOT): Reply =>
  client.answer(client.identity.login(credentials));

const createStream = ({ identity }: InProcessClient): Buffer =>
  identity.frame(commands.createStream, { name: 's', options: [] }, { session: 1n });

/** What each reason is given for (iggy-vsr-0.11 §1.8), one way at least. */
const PROVOCATIONS: Record<string, [reason: EvictionReason, provoke: Provocation]> = {
  'a change without login': [
    EvictionReason.NoSession,
    (broker) => {
      const client = broker.connect();
      return client.answer(createStream(client));
    },
  ],
  'a change after logging out': [
    EvictionReason.NoSession,
    (broker) => {
      const client = broker.client();
      client.done(commands.logout, {});
      return client.answer(createStream(client));
    },
  ],
  'a change under an id that logged in elsewhere since': [
    EvictionReason.NoSession,
    (broker) => {
      const client = broker.client(7n);
      broker.client(7n);
      return client.answer(createStream(client));
    },
  ],
  'an operation among servers': [
    EvictionReason.InvalidRequestOperation,
    (broker) => {
      const client = broker.client();
      return client.answer(client.identity.rawFrame({ operation: 68, code: 0 }, Buffer.alloc(0)));
    },
  ],
  'a wrong password': [
    EvictionReason.InvalidCredentials,
    (broker) => logIn(broker.connect(), { ...ROOT, password: 'wrong' }),
  ],
  'the password of an inactive user': [
    EvictionReason.InvalidCredentials,
    (broker) => {
      const root = broker.client();
      createUser(root);
      root.done(commands.updateUser, {
        user: named('anna'),
        username: null,
        status: INACTIVE,
        options: [],
      });
      return logIn(broker.connect(), USER);
    },
  ],
  'an unknown token': [
    EvictionReason.InvalidToken,
    (broker) => {
      const client = broker.connect();
      return client.answer(client.identity.loginWithToken('nobody has this one'));
    },
  ],
  'the token of an inactive user': [
    EvictionReason.UserInactive,
    (broker) => {
      const root = broker.client();
      createUser(root);
      const anna = broker.connect();
      const login = resultOf(commands.login, logIn(anna, USER));
      if (login.ok) anna.identity.session = login.value.session;
      const pat = anna.done(commands.createPersonalAccessToken, { name: 'ci', expiry: 0n });
      root.done(commands.updateUser, {
        user: named('anna'),
        username: null,
        status: INACTIVE,
        options: [],
      });
      const client = broker.connect();
      return client.answer(client.identity.loginWithToken(pat.token));
    },
  ],
  "another user's client id": [
    EvictionReason.SessionError,
    (broker) => {
      createUser(broker.client(7n));
      return logIn(broker.connect(7n), USER);
    },
  ],
  "another user's client id, from before a restart": [
    EvictionReason.SessionError,
    ({ storage, ...broker }) => {
      void broker;
      const before = new InProcessBroker({ storage });
      createUser(before.client(7n));
      return logIn(new InProcessBroker({ storage }).connect(7n), USER);
    },
  ],
  'another version': [
    EvictionReason.IncompatibleProtocol,
    (broker) => {
      const client = broker.connect();
      const body = { ...SDK, ...ROOT, protocolVersion: 1 };
      return client.answer(client.identity.frame(commands.login, body));
    },
  ],
  'no login at all in a login': [
    EvictionReason.MalformedLogin,
    (broker) => {
      const client = broker.connect();
      const login = { operation: Operation.Register, code: 0 };
      return client.answer(client.identity.rawFrame(login, Buffer.from('hello')));
    },
  ],
  'a login of an older generation': [
    EvictionReason.MalformedLogin,
    (broker) => {
      const client = broker.client();
      const login = { operation: Operation.NonReplicated, code: 38 };
      return client.answer(client.identity.rawFrame(login, Buffer.alloc(0)));
    },
  ],
};

describe('a client is evicted', () => {
  test.each(Object.entries(PROVOCATIONS))('for %s', async (_, [reason, provoke]) => {
    const answer = serverFrame(await provoke(new InProcessBroker()));
    expect(answer).toMatchObject({ kind: 'eviction', header: { reason } });
    expect(answer.header.client).not.toBe(0n);
  });

  test('for every reason there is, but those that this protocol keeps for later', () => {
    const provoked = new Set(Object.values(PROVOCATIONS).map(([reason]) => reason));
    const rest = Object.entries(EvictionReason).filter(([, reason]) => !provoked.has(reason));
    expect(rest.map(([name]) => name)).toEqual([
      'ClientReleaseTooLow',
      'ClientReleaseTooHigh',
      'InvalidRequestBody',
      'InvalidRequestBodySize',
      // After a login the session of a frame is not compared (iggy-vsr-observed §1.4).
      'SessionTooLow',
      'SessionReleaseMismatch',
      // Members of groups only: see the tests of groups.
      'StaleClient',
    ]);
  });
});
