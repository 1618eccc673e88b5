import type { Timer } from '../../src/utils/clock.ts';
import type { World } from './world.ts';

/** How fast, and in which pieces, bytes travel at the moment. */
export interface Weather {
  latencyMs(): number;
  pieces(bytes: Buffer): Buffer[];
}

interface Piece {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** One direction of a link: bytes come out late, in other pieces, but in order; or from somewhere on not. */
export class Pipe {
  readonly #world: World;
  readonly #weather: Weather;
  readonly #deliver: (bytes: Buffer) => void;
  #queue: Piece[] = [];
  #event: Timer | undefined;
  #stalledUntilMs = 0;
  #state: 'open' | 'draining' | 'over' = 'open';
  #onDrained: () => void = () => {};
  #cut: { bytesLeft: number; readonly strike: (isMidFrame: boolean) => void } | undefined;
  /** Bytes of each frame that has not come out in full. */
  #frames: number[] = [];
  /** Bytes of the first of them that have. */
  #intoFrame = 0;

  constructor(world: World, weather: Weather, deliver: (bytes: Buffer) => void) {
    this.#world = world;
    this.#weather = weather;
    this.#deliver = deliver;
  }

  get hasCut(): boolean {
    return this.#cut !== undefined;
  }

  /** Of one whole frame. */
  write(bytes: Buffer): void {
    if (this.#state !== 'open') return;
    this.#frames.push(bytes.length);
    let dueMs = this.#world.nowMs;
    for (const piece of this.#weather.pieces(bytes)) {
      dueMs += this.#weather.latencyMs();
      this.#queue.push({ bytes: piece, dueMs });
    }
    this.#schedule();
  }

  /** Nothing comes out for so long. */
  stall(forMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#world.nowMs + forMs);
  }

  /** What is on its way, or stalls, arrives now. */
  resume(): void {
    this.#stalledUntilMs = 0;
    this.#queue = this.#queue.map(({ bytes }) => ({ bytes, dueMs: this.#world.nowMs }));
    this.#event?.cancel();
    this.#event = undefined;
    this.#schedule();
  }

  /** After so many bytes more it is over, and `strike` is called. */
  cutAfter(bytesLeft: number, strike: (isMidFrame: boolean) => void): void {
    this.#cut ??= { bytesLeft, strike };
  }

  /** Takes nothing more; what is on its way still arrives, and then `onDrained` is called. */
  drain(onDrained: () => void): void {
    if (this.#state === 'over') return;
    this.#state = 'draining';
    this.#onDrained = onDrained;
    this.#cut = undefined;
    this.#schedule();
  }

  /** What is on its way is lost. */
  drop(): void {
    this.#state = 'over';
    this.#queue = [];
    this.#event?.cancel();
    this.#cut = undefined;
  }

  #schedule(): void {
    if (this.#event !== undefined || this.#state === 'over') return;
    const [first] = this.#queue;
    if (first === undefined && this.#state === 'open') return;
    const dueMs = Math.max(first?.dueMs ?? 0, this.#stalledUntilMs);
    this.#event = this.#world.after(dueMs - this.#world.nowMs, () => {
      this.#event = undefined;
      this.#next();
    });
  }

  #next(): void {
    if (this.#stalledUntilMs > this.#world.nowMs) return this.#schedule();
    const piece = this.#queue.shift();
    if (piece === undefined) {
      this.#state = 'over';
      this.#onDrained();
      return;
    }
    this.#pass(piece.bytes);
    this.#schedule();
  }

  #pass(bytes: Buffer): void {
    const cut = this.#cut;
    const passing = cut === undefined ? bytes : bytes.subarray(0, cut.bytesLeft);
    this.#advance(passing.length);
    if (passing.length > 0) this.#deliver(passing);
    if (cut === undefined || this.#state === 'over') return;
    cut.bytesLeft -= passing.length;
    if (passing.length === bytes.length) return;
    this.drop();
    cut.strike(this.#intoFrame > 0);
  }

  #advance(bytes: number): void {
    this.#intoFrame += bytes;
    for (;;) {
      const [frameBytes = Infinity] = this.#frames;
      if (this.#intoFrame < frameBytes) return;
      this.#intoFrame -= frameBytes;
      this.#frames.shift();
    }
  }
}
