import { BrokerCore, type Outgoing } from '../../src/iggy-broker/core.ts';
import { systemSecrets } from '../../src/iggy-broker/hasher.ts';
import { DEFAULT_LIMITS } from '../../src/iggy-broker/index.ts';
import { type Command, FrameDecoder } from '../../src/iggy-protocol/index.ts';
import { type Result, resultOf, ROOT, TestIdentity } from '../../tests/support/broker-client.ts';
import { NO_FACTS } from '../../tests/support/no-facts.ts';
import { plainPasswords } from '../../tests/support/plain-passwords.ts';
import { Disk } from '../simulation/disk.ts';
import type { Client } from './observer.ts';

const FRAME_BYTES_MAX = 2 * DEFAULT_LIMITS.frameBytesMax;

/** One connection, and what came back on it. */
export class CoreLink {
  readonly id: number;
  readonly answers: Buffer[] = [];
  isClosed = false;
  readonly #decoder = new FrameDecoder(FRAME_BYTES_MAX);

  constructor(id: number) {
    this.id = id;
  }

  take(bytes: Buffer): void {
    this.#decoder.push(bytes, (frame) => this.answers.push(frame));
  }
}

/** The broker's core over a database in memory, and a clock that moves with every piece received. */
export class CoreHost {
  readonly #disk = new Disk();
  readonly #links = new Map<number, CoreLink>();
  readonly #core: BrokerCore;
  #nowMicros = 1_795_000_000_000_000n;
  #lastId = 0;

  constructor() {
    this.#core = new BrokerCore({
      storage: this.#disk.open(),
      clock: { nowMicros: () => this.#nowMicros },
      secrets: systemSecrets,
      passwords: plainPasswords,
      root: ROOT,
      limits: DEFAULT_LIMITS,
      hostFacts: () => NO_FACTS,
    });
  }

  connect(): CoreLink {
    const id = (this.#lastId += 1);
    const peer = { address: `10.0.0.1:${id}`, localIp: '10.0.0.9', localPort: 8090 };
    if (!this.#core.connect(id, peer)) throw new Error('there are too many connections');
    const link = new CoreLink(id);
    this.#links.set(id, link);
    return link;
  }

  /** What arrives in one piece is one commit group. */
  receive({ id }: CoreLink, piece: Buffer): void {
    this.#nowMicros += 1000n;
    this.#core.receive(id, piece);
    do {
      for (const outgoing of this.#core.commit()) this.#deliver(outgoing);
    } while (this.#core.hasPending);
  }

  hangUp({ id }: CoreLink): void {
    this.#links.delete(id);
    this.#core.disconnect(id);
    for (const outgoing of this.#core.commit()) this.#deliver(outgoing);
  }

  /** The background's work, until there is none. */
  tidyUp(): void {
    while (this.#core.sweep());
  }

  stop(): void {
    this.#disk.crash();
    this.#disk.close();
  }

  /** Somebody in good standing, logged in as root. */
  client(clientId: bigint): Client {
    const link = this.connect();
    const identity = new TestIdentity(clientId);
    const answer = (frame: Buffer): Buffer | undefined => {
      this.receive(link, frame);
      return link.answers.shift();
    };
    answer(identity.login(ROOT));
    identity.session = 1n;
    return {
      call: async <Request, Response>(
        command: Command<Request, Response>,
        request: Request,
      ): Promise<Result<Response>> => resultOf(command, answer(identity.frame(command, request))),
    };
  }

  #deliver(outgoing: Outgoing): void {
    const link = this.#links.get(outgoing.connectionId);
    if (link === undefined) return;
    if ('close' in outgoing) {
      link.isClosed = true;
      this.#core.disconnect(link.id);
      return;
    }
    link.take(outgoing.bytes);
    this.#core.resume(link.id);
  }
}
