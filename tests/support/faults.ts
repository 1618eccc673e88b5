import type { Clock, Timer } from '../../src/utils/clock.ts';

export type Direction = 'to-broker' | 'to-client';

export const DIRECTIONS: readonly Direction[] = ['to-broker', 'to-client'];

/** One connection of a faulty link, as far as its faults reach into it. */
export interface FaultyConnection {
  /** There is no fault any more: what was held may go on, and what is half-open is broken. */
  heal(): void;
  /** Nothing more arrives this way, not even the end, and nobody is told. */
  mute(direction: Direction): void;
  /** Ends it at once for both sides; nothing that is still on its way arrives. */
  break(reason: string): void;
}

/** A fault that strikes at one byte of one direction, once, on the first connection that gets there. */
interface Armed {
  readonly atByte: number;
  /** Bytes each connection has carried since. */
  readonly passed: Map<object, number>;
}

interface Weather {
  delayMs: number;
  /** Between two bytes; undefined: chunks go whole. */
  trickleMs: number | undefined;
  stalled: boolean;
  cut: Armed | undefined;
  corrupt: (Armed & { readonly bit: number }) | undefined;
}

const fair = (): Weather => ({
  delayMs: 0,
  trickleMs: undefined,
  stalled: false,
  cut: undefined,
  corrupt: undefined,
});

/**
 * What goes wrong on a link, switchable while it carries bytes. The same for TCP (faulty-link.ts) and
 * for duplexes without sockets (faulty-dial.ts). Without a direction a fault is of both.
 */
export class Faults {
  /** Cuts that have struck, and bits that were flipped. */
  readonly struck = { 'to-broker': 0, 'to-client': 0, corrupt: 0 };
  /** Bytes that have arrived. */
  readonly carried = { 'to-broker': 0, 'to-client': 0 };
  readonly connections = new Set<FaultyConnection>();
  #weather: Record<Direction, Weather> = { 'to-broker': fair(), 'to-client': fair() };
  #refusing = false;

  get refusing(): boolean {
    return this.#refusing;
  }

  weather(direction: Direction): Readonly<Weather> {
    return this.#weather[direction];
  }

  /**
   * Breaks the first connection that carries `afterBytes` bytes from now on: so many are delivered and
   * the rest never. 0: broken by the first byte, which does not arrive. Strikes once.
   */
  cut(direction: Direction, afterBytes: number): void {
    this.#weather[direction].cut = { atByte: afterBytes, passed: new Map() };
  }

  /** Flips one bit of the byte that has `atByte` bytes before it, counted as for `cut`. Strikes once. */
  corrupt(direction: Direction, atByte: number, bit = 0): void {
    this.#weather[direction].corrupt = { atByte, bit, passed: new Map() };
  }

  /** Each chunk arrives so much later, in order. */
  delay(delayMs: number, direction?: Direction): void {
    for (const each of of(direction)) this.#weather[each].delayMs = delayMs;
  }

  /** Every byte is a chunk of its own; with 0 they follow each other at once. */
  trickle(everyMs: number, direction?: Direction): void {
    for (const each of of(direction)) this.#weather[each].trickleMs = everyMs;
  }

  /** A black hole: connections are accepted and stay, and what is written waits for `heal`. */
  stall(direction?: Direction): void {
    for (const each of of(direction)) this.#weather[each].stalled = true;
  }

  /** What is there becomes half-open: bytes vanish this way, and so does the end. New ones are whole. */
  halfOpen(direction?: Direction): void {
    for (const connection of this.connections) {
      for (const each of of(direction)) connection.mute(each);
    }
  }

  /** No new connection; those that are there stay. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Breaks every connection that is there. */
  reset(reason = 'reset by the faulty link'): void {
    for (const connection of this.connections) connection.break(reason);
  }

  /** No fault any more, armed ones neither. Who is half-open learns that nobody is there. */
  heal(): void {
    this.#refusing = false;
    this.#weather = { 'to-broker': fair(), 'to-client': fair() };
    for (const connection of this.connections) connection.heal();
  }

  /** For a connection, `who`: how many of these bytes still arrive; undefined: all, and more. */
  bytesToCut(direction: Direction, who: object, bytes: number): number | undefined {
    const { cut } = this.#weather[direction];
    const atByte = cut === undefined ? undefined : strike(cut, who, bytes, 'at-the-end');
    if (atByte === undefined) return undefined;
    this.#weather[direction].cut = undefined;
    this.struck[direction] += 1;
    return atByte;
  }

  /** The bytes as they arrive: themselves, or a copy with a flipped bit. */
  corrupted(direction: Direction, who: object, bytes: Buffer): Buffer {
    const { corrupt } = this.#weather[direction];
    const at = corrupt && strike(corrupt, who, bytes.length, 'within');
    if (corrupt === undefined || at === undefined) return bytes;
    this.#weather[direction].corrupt = undefined;
    this.struck.corrupt += 1;
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << corrupt.bit);
    return copy;
  }
}

function of(direction: Direction | undefined): readonly Direction[] {
  return direction === undefined ? DIRECTIONS : [direction];
}

/** Where in these bytes the fault strikes; undefined: behind them. */
function strike(
  { atByte, passed }: Armed,
  who: object,
  bytes: number,
  reach: 'within' | 'at-the-end',
): number | undefined {
  const before = passed.get(who) ?? 0;
  const at = atByte - before;
  if (at < bytes || (reach === 'at-the-end' && at === bytes)) return at;
  passed.set(who, before + bytes);
  return undefined;
}

export interface FlowListener {
  deliver(bytes: Buffer): void;
  /** A cut has struck: deliver nothing more, either way. */
  cut(): void;
  /** The writing side has ended, and everything before that has arrived or was lost. */
  end(): void;
}

interface Piece {
  /** Undefined: the end. */
  readonly bytes: Buffer | undefined;
  readonly dueMs: number;
}

/** One direction of one connection: what is pushed in comes out as the faults will have it. */
export class Flow {
  readonly #direction: Direction;
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #listener: FlowListener;
  readonly #queue: Piece[] = [];
  #timer: Timer | undefined;
  /** No byte before this moment: they trickle. */
  #nextMs = 0;
  #muted = false;
  #stopped = false;

  constructor(direction: Direction, faults: Faults, clock: Clock, listener: FlowListener) {
    this.#direction = direction;
    this.#faults = faults;
    this.#clock = clock;
    this.#listener = listener;
  }

  get isMuted(): boolean {
    return this.#muted;
  }

  push(bytes: Buffer): void {
    this.#join(bytes);
  }

  end(): void {
    this.#join(undefined);
  }

  mute(): void {
    this.#muted = true;
    this.stop();
  }

  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
    this.#timer?.cancel();
  }

  resume(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pump();
  }

  #join(bytes: Buffer | undefined): void {
    if (this.#stopped) return;
    const { delayMs } = this.#faults.weather(this.#direction);
    this.#queue.push({ bytes, dueMs: this.#clock.monotonicMs() + delayMs });
    if (this.#timer === undefined) this.#pump();
  }

  #pump(): void {
    for (;;) {
      const [piece] = this.#queue;
      if (piece === undefined || this.#stopped) return;
      if (this.#faults.weather(this.#direction).stalled) return;
      const waitMs = Math.max(piece.dueMs, this.#nextMs) - this.#clock.monotonicMs();
      if (waitMs > 0) {
        this.#timer = this.#clock.after(waitMs, () => {
          this.#timer = undefined;
          this.#pump();
        });
        return;
      }
      this.#queue.shift();
      this.#carry(piece);
    }
  }

  #carry({ bytes, dueMs }: Piece): void {
    if (bytes === undefined) {
      this.stop();
      this.#listener.end();
      return;
    }
    const { trickleMs } = this.#faults.weather(this.#direction);
    if (trickleMs === undefined) {
      this.#pass(bytes);
      return;
    }
    if (bytes.length > 1) this.#queue.unshift({ bytes: bytes.subarray(1), dueMs });
    this.#nextMs = this.#clock.monotonicMs() + trickleMs;
    this.#pass(bytes.subarray(0, 1));
  }

  #pass(bytes: Buffer): void {
    const whole = this.#faults.corrupted(this.#direction, this, bytes);
    const cutAt = this.#faults.bytesToCut(this.#direction, this, whole.length);
    this.#faults.carried[this.#direction] += cutAt ?? whole.length;
    if (cutAt === undefined) {
      this.#listener.deliver(whole);
      return;
    }
    this.stop();
    if (cutAt > 0) this.#listener.deliver(whole.subarray(0, cutAt));
    this.#listener.cut();
  }
}
