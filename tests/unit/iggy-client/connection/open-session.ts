import { Identity } from '../../../../src/iggy-client/connection/identity.ts';
import type { Credentials, Software } from '../../../../src/iggy-client/connection/login.ts';
import type { Loss } from '../../../../src/iggy-client/connection/machine.ts';
import { encodeCommand } from '../../../../src/iggy-client/connection/request.ts';
import {
  Session,
  type SessionOptions,
  type SessionRequest,
} from '../../../../src/iggy-client/connection/session.ts';
import { commands, EMPTY } from '../../../../src/iggy-protocol/index.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { ScriptedBroker } from '../../../support/scripted-broker.ts';

const SECOND_MS = 1_000;
export const REPLY_DEADLINE_MS = 30 * SECOND_MS;
export const HEARTBEAT_MS = 5 * SECOND_MS;
export const PING_DEADLINE_MS = 4 * SECOND_MS;
export const CONNECT_TIMEOUT_MS = 3 * SECOND_MS;

interface Setup {
  clock?: FakeClock;
  broker?: ScriptedBroker;
  identity?: Identity;
  credentials?: Credentials;
  software?: Software;
  /** Stop here, after so many microtasks, instead of where only time helps. */
  hops?: number;
}

export function sessionOptions(
  clock: FakeClock,
  broker: ScriptedBroker,
  { credentials, software }: Setup = {},
): SessionOptions {
  return {
    dial: broker.network.dial,
    clock,
    login: {
      credentials: credentials ?? { username: 'iggy', password: 'iggy' },
      software: software ?? { name: 'test', version: '1' },
      deadlineMs: 10 * SECOND_MS,
    },
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    replyDeadlineMs: REPLY_DEADLINE_MS,
    heartbeatIntervalMs: HEARTBEAT_MS,
    pingDeadlineMs: PING_DEADLINE_MS,
    frameBytesMax: 1 << 20,
  };
}

/** A session on a scripted broker, as far as the broker lets it come without time passing. */
export async function openSession(setup: Setup = {}) {
  const { clock = new FakeClock(), broker = new ScriptedBroker() } = setup;
  const identity = setup.identity ?? new Identity(5n);
  const seen = { ready: [] as string[], idle: 0, losses: [] as Loss[] };
  const session = new Session(
    sessionOptions(clock, broker, setup),
    { host: 'broker', port: 8090 },
    identity,
    {
      ready: (serverVersion) => seen.ready.push(serverVersion),
      idle: () => {
        seen.idle += 1;
      },
      follows: () => true,
      lost: (loss) => seen.losses.push(loss),
    },
  );
  if (setup.hops === undefined) await clock.settle();
  else for (let hop = 0; hop < setup.hops; hop += 1) await Promise.resolve();
  return { clock, broker, session, identity, seen };
}

export function create(name = 's', signal = new AbortController().signal): SessionRequest {
  return { ...encodeCommand(commands.createStream, { name, options: [] }), signal };
}

export function read(signal = new AbortController().signal): SessionRequest {
  return { ...encodeCommand(commands.getStreams, EMPTY), signal };
}
