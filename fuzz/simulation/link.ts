import type { Duplex, DuplexListener } from '../../src/iggy-client/index.ts';
import { decodeRequest } from '../../src/iggy-protocol/index.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import { Pipe, type Weather } from './pipe.ts';
import type { World } from './world.ts';

/** The broker's end of a link. */
export interface BrokerEnd {
  received(bytes: Buffer): void;
  /** Nothing more comes, and nothing that is written arrives. */
  closed(): void;
}

export type Direction = 'up' | 'down';

export interface LinkCounts {
  cutsMidRequest: number;
  cutsMidReply: number;
}

interface LinkParts {
  readonly world: World;
  readonly ledger: Ledger;
  readonly dice: Dice;
  readonly weather: Weather;
  readonly counts: LinkCounts;
}

/** The longest of the client's own deadlines, one heartbeat before it, and how late timers may be. */
const MUTE_NOTICED_MS = 1600;

interface Facts {
  readonly id: number;
  /** Number of the client that has dialed it. */
  readonly owner: number;
}

/** How long one side may not notice that the other is gone. */
const UNNOTICED_MS = 1500;

/**
 * One connection between a client and the broker, as a network has it: either side learns of the other's
 * end late or never, and what was on its way may still arrive then.
 */
export class Link {
  readonly id: number;
  readonly owner: number;
  readonly up: Pipe;
  readonly down: Pipe;
  readonly #parts: LinkParts;
  readonly #listener: DuplexListener;
  #client: 'dialing' | 'open' | 'gone' = 'dialing';
  #broker: BrokerEnd | undefined;
  /** Broken in a way that its client may not have noticed yet. */
  #broken = false;
  #writtenAtMs = 0;

  constructor(parts: LinkParts, { id, owner }: Facts, listener: DuplexListener) {
    this.#parts = parts;
    this.id = id;
    this.owner = owner;
    this.#listener = listener;
    const { world, weather } = parts;
    this.up = new Pipe(world, weather, (bytes) => this.#broker?.received(bytes));
    this.down = new Pipe(world, weather, (bytes) => {
      if (this.#client === 'open') this.#listener.received(bytes);
    });
  }

  /** Neither hung up nor told that it is over. */
  get isHeld(): boolean {
    return this.#client !== 'gone';
  }

  get writtenAtMs(): number {
    return this.#writtenAtMs;
  }

  get isOpen(): boolean {
    return this.#client === 'open' && !this.#broken;
  }

  get isOver(): boolean {
    return this.#client === 'gone' && this.#broker === undefined;
  }

  readonly clientEnd: Duplex = {
    write: (bytes) => {
      if (this.#client !== 'open') return;
      const { world, ledger } = this.#parts;
      this.#writtenAtMs = world.nowMs;
      ledger.trail.note(this, decodeRequest(bytes));
      this.up.write(bytes);
    },
    destroy: () => this.#hungUp(),
  };

  /** The broker has taken it. */
  open(broker: BrokerEnd): void {
    this.#broker = broker;
    this.#client = 'open';
    this.#listener.opened();
  }

  /** At once, if the client still holds it. */
  tellClient(reason: string): void {
    if (this.#client === 'gone') return;
    this.#client = 'gone';
    this.down.drop();
    this.#log(`client hears: ${reason}`);
    this.#listener.closed({ error: new Error(reason), permanent: false });
  }

  /** After exactly so many bytes more in this direction the connection breaks. */
  cutAfter(direction: Direction, bytes: number): void {
    this[direction].cutAfter(bytes, (isMidFrame) => {
      const { counts } = this.#parts;
      if (isMidFrame && direction === 'up') counts.cutsMidRequest += 1;
      if (isMidFrame && direction === 'down') counts.cutsMidReply += 1;
      this.#log(`cut ${direction}${isMidFrame ? ' within a frame' : ''}`);
      this.sever();
    });
  }

  /** It is broken, and the two sides come to know of it in their own time. */
  sever(): void {
    if (this.#broken) return;
    this.#broken = true;
    const { dice, world } = this.#parts;
    if (dice.chance(0.5)) this.up.drain(() => this.#tellBroker());
    else this.#loseUp();
    const noticeMs = dice.chance(0.2) ? dice.between(0, UNNOTICED_MS) : dice.between(0, 3);
    const tell = (): void => void world.after(noticeMs, () => this.tellClient('reset'));
    if (dice.chance(0.5)) this.down.drain(tell);
    else {
      this.down.drop();
      tell();
    }
  }

  /** Half open: nothing arrives any more, and nobody is told. */
  mute(): void {
    this.#broken = true;
    this.up.drop();
    this.down.drop();
    this.#log('mute');
    const { world, ledger } = this.#parts;
    world.after(MUTE_NOTICED_MS, () => {
      ledger.expect(
        !this.isHeld,
        () => `link ${this.id} is mute, and still held at ${world.nowMs}`,
      );
    });
  }

  /** The broker hangs up, after what it has written. */
  closedByBroker(): void {
    this.#broker = undefined;
    this.#broken = true;
    this.up.drop();
    this.down.drain(() => this.tellClient('ended by the broker'));
  }

  /** The broker is gone from one moment to the next. */
  brokerDied(): void {
    this.#broker = undefined;
    const { dice, world } = this.#parts;
    if (this.#broken) return;
    this.#broken = true;
    this.up.drop();
    if (dice.chance(0.3)) this.down.drain(() => this.tellClient('the broker died'));
    else if (dice.chance(0.8)) {
      this.down.drop();
      world.after(dice.between(0, 5), () => this.tellClient('the broker died'));
    } else this.mute();
  }

  /** The faults are over: what stalls goes on, and who does not know yet that it is broken is told. */
  calm(): void {
    if (this.#client !== 'gone' && (this.#broken || this.#client === 'dialing')) {
      this.tellClient('reset');
    }
    if (this.up.hasCut || this.down.hasCut) this.sever();
    this.up.resume();
    this.down.resume();
    if (this.#broken) this.tellClient('reset');
  }

  #hungUp(): void {
    if (this.#client === 'gone') return;
    this.#client = 'gone';
    this.#log('client hangs up');
    this.down.drop();
    if (this.#broken) return this.#tellBrokerLate();
    this.#broken = true;
    if (this.#parts.dice.chance(0.75)) this.up.drain(() => this.#tellBroker());
    else this.#loseUp();
  }

  #loseUp(): void {
    this.up.drop();
    this.#tellBrokerLate();
  }

  #tellBrokerLate(): void {
    const { dice, world } = this.#parts;
    const delayMs = dice.chance(0.2) ? dice.between(0, UNNOTICED_MS) : dice.between(0, 3);
    world.after(delayMs, () => this.#tellBroker());
  }

  #tellBroker(): void {
    const broker = this.#broker;
    this.#broker = undefined;
    broker?.closed();
  }

  #log(what: string): void {
    this.#parts.world.log(`link ${this.id} of client ${this.owner}: ${what}`);
  }
}
