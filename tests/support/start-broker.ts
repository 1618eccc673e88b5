import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import { BrokerCore, type Outgoing } from '../../src/iggy-broker/core.ts';
import { systemSecrets } from '../../src/iggy-broker/hasher.ts';
import {
  type BrokerLimits,
  type BrokerOptions,
  DEFAULT_LIMITS,
  type RunningBroker,
  startBroker,
} from '../../src/iggy-broker/index.ts';
import type { Passwords } from '../../src/iggy-broker/passwords.ts';
import {
  IN_MEMORY,
  openStorage,
  type SqliteStorage,
} from '../../src/iggy-broker/sqlite-storage.ts';
import type { RootCredentials } from '../../src/iggy-broker/users.ts';
import { type Command, commands } from '../../src/iggy-protocol/index.ts';
import { type Result, resultOf, ROOT, TestIdentity } from './broker-client.ts';
import { NO_FACTS } from './no-facts.ts';
import { plainPasswords } from './plain-passwords.ts';

/** Removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'iggy-broker-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The real thing on a free port, in memory unless told otherwise; stopped when the test ends. */
export async function startTestBroker(
  options: Partial<BrokerOptions> = {},
): Promise<RunningBroker> {
  const broker = await startBroker({ port: 0, dataDirectory: IN_MEMORY, root: ROOT, ...options });
  onTestFinished(() => broker.stop());
  return broker;
}

export interface InProcessOptions {
  /** Default: a new one in memory. */
  storage?: SqliteStorage;
  limits?: Partial<BrokerLimits>;
  /** Default: at once, and without hashing. */
  passwords?: Passwords;
  root?: RootCredentials;
}

/** The core alone, driven with bytes: no socket, no thread, and a clock that stands still. */
export class InProcessBroker {
  readonly core: BrokerCore;
  readonly storage: SqliteStorage;
  nowMicros = 1_795_000_000_000_000n;
  #connections = 0;

  constructor({
    storage = openStorage(IN_MEMORY),
    limits = {},
    passwords = plainPasswords,
    root = ROOT,
  }: InProcessOptions = {}) {
    this.storage = storage;
    this.core = new BrokerCore({
      storage,
      clock: { nowMicros: () => this.nowMicros },
      secrets: systemSecrets,
      passwords,
      root,
      limits: { ...DEFAULT_LIMITS, ...limits },
      hostFacts: () => NO_FACTS,
    });
  }

  /** A connection nobody has logged in on, with a client id of its own. */
  connect(clientId = BigInt(this.#connections + 1) << 64n): InProcessClient {
    this.#connections += 1;
    const id = this.#connections;
    const peer = { address: `127.0.0.1:${50_000 + id}`, localIp: '127.0.0.1', localPort: 8090 };
    if (!this.core.connect(id, peer)) throw new Error('refused');
    return new InProcessClient(this.core, id, new TestIdentity(clientId));
  }

  /** A connection that is logged in. */
  client(clientId?: bigint, credentials = ROOT): InProcessClient {
    const client = this.connect(clientId);
    client.logIn(credentials);
    return client;
  }
}

/** One connection to an InProcessBroker, in lockstep as clients are: a request, a commit, its answer. */
export class InProcessClient {
  readonly id: number;
  readonly identity: TestIdentity;
  readonly #core: BrokerCore;

  constructor(core: BrokerCore, id: number, identity: TestIdentity) {
    this.#core = core;
    this.id = id;
    this.identity = identity;
  }

  /** Everything that is released for this connection once `bytes` have arrived. */
  exchange(bytes: Buffer): Outgoing[] {
    this.#core.receive(this.id, bytes);
    const released = this.#core.commit().filter(({ connectionId }) => connectionId === this.id);
    this.#core.resume(this.id);
    return released;
  }

  /** The one frame that answers `frame`, or undefined if the connection was closed instead. */
  answer(frame: Buffer): Buffer | undefined {
    const [outgoing] = this.exchange(frame);
    return outgoing !== undefined && 'bytes' in outgoing ? outgoing.bytes : undefined;
  }

  call<Request, Response>(command: Command<Request, Response>, request: Request): Result<Response> {
    return resultOf(command, this.answer(this.identity.frame(command, request)));
  }

  /** Like `call`, for what has to succeed. */
  done<Request, Response>(command: Command<Request, Response>, request: Request): Response {
    const result = this.call(command, request);
    if (!result.ok) throw new Error(`${command.name} was refused with ${result.code}`);
    return result.value;
  }

  logIn(credentials = ROOT): void {
    const result = resultOf(commands.login, this.answer(this.identity.login(credentials)));
    if (!result.ok) throw new Error(`login was refused with ${result.code}`);
    this.identity.session = result.value.session;
  }
}
