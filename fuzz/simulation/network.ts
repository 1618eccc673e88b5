import type { Dial } from '../../src/iggy-client/index.ts';
import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';
import { type BrokerEnd, Link, type LinkCounts } from './link.ts';
import type { Weather } from './pipe.ts';
import type { World } from './world.ts';

/** What becomes of a dial: taken, turned away, or nothing at all. */
export type Reception = { kind: 'accepted'; end: BrokerEnd } | { kind: 'refused' | 'ignored' };

const CALM_LATENCY_MS = 1;
/** A trickle cuts a frame into at most so many pieces. */
const PIECES_MAX = 12;

/** All links, and the weather on them. */
export class Network {
  readonly counts: LinkCounts & { dialsRefused: number } = {
    cutsMidRequest: 0,
    cutsMidReply: 0,
    dialsRefused: 0,
  };
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  readonly #receive: (link: Link) => Reception;
  readonly #links = new Set<Link>();
  #refusingUntilMs = 0;
  #ignoringUntilMs = 0;
  #isCalm = false;
  #dialed = 0;

  constructor(world: World, ledger: Ledger, receive: (link: Link) => Reception) {
    this.#world = world;
    this.#ledger = ledger;
    this.#dice = world.dice.fork();
    this.#receive = receive;
  }

  /** Links that carry bytes, the one last written to by its client first. */
  open(): Link[] {
    return [...this.#links]
      .filter(({ isOpen }) => isOpen)
      .toSorted((one, other) => other.writtenAtMs - one.writtenAtMs);
  }

  /** Links that `owner` has not let go of. */
  heldBy(owner: number): number {
    return [...this.#links].filter((link) => link.owner === owner && link.isHeld).length;
  }

  dialFor(owner: number): Dial {
    return (_, listener) => {
      this.#dialed += 1;
      const weather = this.#newWeather();
      const link = new Link(
        {
          world: this.#world,
          ledger: this.#ledger,
          dice: this.#dice,
          counts: this.counts,
          weather,
        },
        { id: this.#dialed, owner },
        listener,
      );
      this.#links.add(link);
      this.#world.after(weather.latencyMs(), () => this.#answer(link));
      return link.clientEnd;
    };
  }

  refuseDials(forMs: number): void {
    this.#refusingUntilMs = this.#world.nowMs + forMs;
  }

  ignoreDials(forMs: number): void {
    this.#ignoringUntilMs = this.#world.nowMs + forMs;
  }

  /** No faults from now on. */
  calm(): void {
    this.#isCalm = true;
    this.#refusingUntilMs = 0;
    this.#ignoringUntilMs = 0;
    for (const link of this.#links) link.calm();
  }

  #answer(link: Link): void {
    this.#forgetOld();
    if (!link.isHeld) return;
    const { nowMs } = this.#world;
    if (nowMs < this.#ignoringUntilMs) return;
    const reception: Reception =
      nowMs < this.#refusingUntilMs ? { kind: 'refused' } : this.#receive(link);
    switch (reception.kind) {
      case 'accepted':
        return link.open(reception.end);
      case 'refused':
        this.counts.dialsRefused += 1;
        return link.tellClient('refused');
      case 'ignored':
        return;
    }
  }

  #forgetOld(): void {
    for (const link of this.#links) if (link.isOver) this.#links.delete(link);
  }

  /** Some links are fast and whole, some slow, some come in crumbs. */
  #newWeather(): Weather {
    const dice = this.#dice;
    const latencyMaxMs = dice.pick([0, 2, 2, 10, 60]);
    const piecesMax = dice.pick([1, 1, 3, PIECES_MAX]);
    return {
      latencyMs: () => (this.#isCalm ? CALM_LATENCY_MS : dice.between(0, latencyMaxMs)),
      pieces: (bytes) => (this.#isCalm ? [bytes] : cut(bytes, dice.between(1, piecesMax), dice)),
    };
  }
}

function cut(bytes: Buffer, pieces: number, dice: Dice): Buffer[] {
  if (pieces === 1) return [bytes];
  const cuts = Array.from({ length: pieces - 1 }, () => dice.between(0, bytes.length));
  const edges = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
  return edges
    .slice(1)
    .map((end, at) => bytes.subarray(edges[at], end))
    .filter(({ length }) => length > 0);
}
