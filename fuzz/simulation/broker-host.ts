import { BrokerCore } from '../../src/iggy-broker/core.ts';
import { systemSecrets } from '../../src/iggy-broker/hasher.ts';
import { DEFAULT_LIMITS } from '../../src/iggy-broker/index.ts';
import { type Command, decodeRequest, FrameDecoder } from '../../src/iggy-protocol/index.ts';
import type { Timer } from '../../src/utils/clock.ts';
import { resultOf, ROOT, TestIdentity } from '../../tests/support/broker-client.ts';
import { NO_FACTS } from '../../tests/support/no-facts.ts';
import { plainPasswords } from '../../tests/support/plain-passwords.ts';
import type { Dice } from './dice.ts';
import { Disk } from './disk.ts';
import type { BrokerEnd, Link } from './link.ts';
import { type Meddling, preRelease } from './meddling.ts';
import type { Reception } from './network.ts';
import type { World } from './world.ts';
import { handle, type Handling, type Rewrite, type WrongTurn } from './wrong-turns.ts';

/** A connection as the host keeps it. */
interface Seat {
  readonly id: number;
  readonly link: Link;
  readonly decoder: FrameDecoder;
  /** What is to become of its answers, the next one first; undefined: nothing. */
  readonly rewrites: (Rewrite | undefined)[];
  clientId: bigint;
  /** Somebody else has logged in under its id: its next write ends it. */
  isRobbed: boolean;
}

interface HostParts {
  readonly world: World;
  /** It does not deduplicate writes to partitions, and says how old it is. */
  readonly isPreRelease: boolean;
  readonly meddling: Meddling | undefined;
}

export interface HostCounts {
  restarts: number;
  duplicates: number;
  wrongTurns: number;
}

const COMMIT_MAX_MS = 2;
/** Longer than a client takes to come back. */
const LATE_MAX_MS = 1200;
const OPERATOR_ID = 1n << 100n;

/** Runs the broker's core: brings it frames, commits its groups, and lets it die and come back. */
export class BrokerHost {
  readonly counts: HostCounts = { restarts: 0, duplicates: 0, wrongTurns: 0 };
  readonly #world: World;
  readonly #dice: Dice;
  readonly #meddling: Meddling | undefined;
  readonly #disk = new Disk();
  readonly #seats = new Map<number, Seat>();
  readonly #turns: WrongTurn[] = [];
  #core: BrokerCore | undefined;
  #commit: Timer | undefined;
  /** How long a commit takes at the most, until when. */
  #slow = { commitMaxMs: 0, untilMs: 0 };
  #whileAway: 'refused' | 'ignored' = 'refused';
  #comeBack: Timer | undefined;
  #lastId = 0;

  constructor({ world, isPreRelease, meddling }: HostParts) {
    this.#world = world;
    this.#dice = world.dice.fork();
    this.#meddling = isPreRelease ? preRelease() : meddling;
    this.#core = this.#start();
  }

  receive(link: Link): Reception {
    const core = this.#core;
    if (core === undefined) return { kind: this.#whileAway };
    const id = this.#connect(core);
    this.#seats.set(id, {
      id,
      link,
      decoder: new FrameDecoder(DEFAULT_LIMITS.frameBytesMax),
      rewrites: [],
      clientId: 0n,
      isRobbed: false,
    });
    return { kind: 'accepted', end: this.#end(core, id) };
  }

  /** The next requests are answered so; each turn waits for one that it fits. */
  misbehave(turns: readonly WrongTurn[]): void {
    this.#turns.push(...turns);
  }

  /** Somebody else logs in under the id of this link's client, for so long. */
  takeOver(link: Link, forMs: number): void {
    const core = this.#core;
    const seat = this.#seatOf(link);
    if (core === undefined || seat === undefined || seat.clientId === 0n) return;
    seat.isRobbed = true;
    const id = this.#connect(core);
    core.receive(id, new TestIdentity(seat.clientId).login());
    this.#commitSoon();
    this.#world.after(forMs, () => this.#disconnect(core, id));
  }

  commitSlowly(commitMaxMs: number, forMs: number): void {
    this.#slow = { commitMaxMs, untilMs: this.#world.nowMs + forMs };
  }

  /** Dies at once, in the middle of whatever, and comes back after `awayMs`. */
  crash(awayMs: number): void {
    const core = this.#core;
    if (core === undefined) return;
    this.#world.log(`broker dies for ${awayMs} ms`);
    this.counts.restarts += 1;
    this.counts.duplicates += core.duplicates;
    this.#core = undefined;
    this.#commit?.cancel();
    this.#commit = undefined;
    this.#disk.crash();
    const links = [...this.#seats.values()].map(({ link }) => link);
    this.#seats.clear();
    for (const link of links) link.brokerDied();
    this.#whileAway = this.#dice.chance(0.8) ? 'refused' : 'ignored';
    this.#comeBack = this.#world.after(awayMs, () => this.#return());
  }

  /** No faults from now on. */
  calm(): void {
    this.#slow.untilMs = 0;
    this.#turns.length = 0;
    for (const { link, isRobbed } of this.#seats.values()) if (isRobbed) link.mute();
    if (this.#core === undefined) this.#return();
    else if (this.#commit !== undefined) this.#release(this.#core);
  }

  /** Asks the broker directly, past network and faults. What it has pending is committed. */
  operate<Request, Response>(
    command: Command<Request, Response>,
    ...requests: Request[]
  ): Response[] {
    const core = this.#core;
    if (core === undefined) throw new Error('the broker is away');
    this.#release(core);
    const id = this.#connect(core);
    const identity = new TestIdentity(OPERATOR_ID);
    const exchange = (frame: Buffer): Buffer | undefined => {
      core.receive(id, frame);
      const [outgoing] = core.commit();
      core.resume(id);
      return outgoing !== undefined && 'bytes' in outgoing ? outgoing.bytes : undefined;
    };
    exchange(identity.login());
    identity.session = 1n;
    const responses = requests.map((request) => {
      const result = resultOf(command, exchange(identity.frame(command, request)));
      if (!result.ok) throw new Error(`the broker refused: ${result.code}`);
      return result.value;
    });
    core.disconnect(id);
    return responses;
  }

  /** Ends it. Nothing may be asked any more. */
  close(): void {
    this.counts.duplicates += this.#core?.duplicates ?? 0;
    this.#core = undefined;
    this.#disk.crash();
    this.#disk.close();
  }

  #start(): BrokerCore {
    return new BrokerCore({
      storage: this.#disk.open(),
      clock: { nowMicros: () => this.#world.nowMicros },
      secrets: systemSecrets,
      passwords: plainPasswords,
      root: ROOT,
      limits: DEFAULT_LIMITS,
      hostFacts: () => NO_FACTS,
    });
  }

  #return(): void {
    this.#comeBack?.cancel();
    this.#core = this.#start();
    this.#world.log('broker is back');
  }

  #connect(core: BrokerCore): number {
    this.#lastId += 1;
    const address = `10.0.0.1:${this.#lastId}`;
    const taken = core.connect(this.#lastId, { address, localIp: '10.0.0.9', localPort: 8090 });
    if (!taken) throw new Error('too many connections');
    return this.#lastId;
  }

  #end(core: BrokerCore, id: number): BrokerEnd {
    return {
      received: (bytes) => {
        const seat = this.#seats.get(id);
        seat?.decoder.push(bytes, (frame) => this.#take(core, seat, frame));
      },
      closed: () => {
        this.#seats.delete(id);
        this.#disconnect(core, id);
      },
    };
  }

  /** One that died is not told: it would write to the disk of its successor. */
  #disconnect(core: BrokerCore, id: number): void {
    if (core !== this.#core) return;
    core.disconnect(id);
    this.#commitSoon();
  }

  #take(core: BrokerCore, seat: Seat, frame: Buffer): void {
    const { header } = decodeRequest(frame);
    seat.clientId = header.client;
    this.#world.log(
      `link ${seat.link.id}: operation ${header.operation}/${header.code ?? ''} number ${header.request}`,
    );
    const handling = this.#handling(seat, frame);
    switch (handling.kind) {
      case 'execute':
        this.#execute(core, seat, frame, handling.rewrite);
        return;
      case 'answer':
        seat.link.down.write(handling.bytes);
        return;
      case 'ignore':
        seat.link.mute();
        return;
      case 'break-off': {
        if (handling.executed === 'yes') this.#execute(core, seat, frame);
        seat.link.sever();
        if (handling.executed !== 'late') return;
        const delayMs = this.#dice.pick([5, 50, 300, LATE_MAX_MS]);
        this.#world.after(delayMs, () => this.#executeLate(core, header.client, frame));
      }
    }
  }

  #execute(core: BrokerCore, { id, rewrites }: Seat, frame: Buffer, rewrite?: Rewrite): void {
    const meddled = this.#meddling?.(frame);
    rewrites.push(rewrite ?? meddled?.rewrite);
    core.receive(id, meddled?.frame ?? frame);
    this.#commitSoon();
  }

  /** As a server with a queue does it, whose client may have logged in again meanwhile. */
  #executeLate(core: BrokerCore, clientId: bigint, frame: Buffer): void {
    // A server that dies forgets what it had queued.
    if (core !== this.#core) return;
    this.#world.log(`late execution for ${clientId}`);
    const seat = [...this.#seats.values()].findLast((it) => it.clientId === clientId);
    if (seat !== undefined) return this.#execute(core, seat, frame, () => undefined);
    const id = this.#connect(core);
    core.receive(id, new TestIdentity(clientId).login());
    core.receive(id, this.#meddling?.(frame).frame ?? frame);
    this.#commitSoon();
    core.disconnect(id);
  }

  #handling({ link }: Seat, frame: Buffer): Handling {
    for (const [at, turn] of this.#turns.entries()) {
      const handling = handle(turn, frame);
      if (handling === undefined) continue;
      this.#turns.splice(at, 1);
      this.counts.wrongTurns += 1;
      this.#world.log(`link ${link.id}: ${turn}`);
      return handling;
    }
    return { kind: 'execute' };
  }

  #commitSoon(): void {
    const isSlow = this.#world.nowMs < this.#slow.untilMs;
    const delayMs = this.#dice.between(0, isSlow ? this.#slow.commitMaxMs : COMMIT_MAX_MS);
    const core = this.#core;
    if (core === undefined || this.#commit !== undefined) return;
    this.#commit = this.#world.after(delayMs, () => this.#release(core));
  }

  #release(core: BrokerCore): void {
    this.#commit?.cancel();
    this.#commit = undefined;
    for (const outgoing of core.commit()) {
      const seat = this.#seats.get(outgoing.connectionId);
      if (seat === undefined) continue;
      if ('close' in outgoing) {
        this.#seats.delete(seat.id);
        core.disconnect(seat.id);
        seat.link.closedByBroker();
        continue;
      }
      const rewrite = seat.rewrites.shift();
      const bytes = rewrite === undefined ? outgoing.bytes : rewrite(outgoing.bytes);
      if (bytes !== undefined) seat.link.down.write(bytes);
      core.resume(seat.id);
    }
  }

  #seatOf(link: Link): Seat | undefined {
    return [...this.#seats.values()].find((seat) => seat.link === link);
  }
}
