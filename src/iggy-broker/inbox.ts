import { FrameDecoder } from '../iggy-protocol/index.ts';

/** What one connection has sent and is not executed yet: whole frames in order, and the start of one. */
export class Inbox {
  readonly #decoder: FrameDecoder;
  #frames: Buffer[] = [];
  #next = 0;
  #waitingBytes = 0;

  constructor(frameBytesMax: number) {
    this.#decoder = new FrameDecoder(frameBytesMax);
  }

  get heldBytes(): number {
    return this.#waitingBytes + this.#decoder.retainedBytes;
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  /** Throws WireError if no frame can follow any more; those before the fault are in then. */
  push(chunk: Buffer): void {
    this.#decoder.push(chunk, (frame) => {
      this.#frames.push(frame);
      this.#waitingBytes += frame.length;
    });
  }

  /** Before everything else: it was taken, and has to be taken again. */
  putBack(frame: Buffer): void {
    this.#frames.splice(0, this.#next, frame);
    this.#next = 0;
    this.#waitingBytes += frame.length;
  }

  take(): Buffer | undefined {
    const frame = this.#frames[this.#next];
    if (frame === undefined) return undefined;
    this.#next += 1;
    this.#waitingBytes -= frame.length;
    if (this.#next === this.#frames.length) {
      this.#frames = [];
      this.#next = 0;
    }
    return frame;
  }
}
