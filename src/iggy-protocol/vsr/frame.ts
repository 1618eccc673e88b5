import { ByteReader, ByteWriter, WireError } from '../bytes.ts';
import {
  type EvictionHeader,
  HEADER_BYTES,
  readRequestHeader,
  readServerHeader,
  type ReplyHeader,
  type RequestHeader,
  SIZE_AT,
  writeEvictionHeader,
  writeReplyHeader,
  writeRequestHeader,
} from './header.ts';

/** From here on the declared size of a frame is known. */
const SIZE_END = SIZE_AT + 4;

/**
 * Cuts a byte stream into whole frames, header and body, wherever the transport cut it.
 *
 * A frame that arrives in one chunk is a view of that chunk. Any other is gathered in a buffer that
 * doubles as bytes arrive, never beyond the declared size: linear work however small the chunks, and
 * a peer that declares much and sends little costs little.
 *
 * A declared size below 256 or over `frameBytesMax` is a WireError, before any of it is gathered, but
 * after the frames in front of it were handed over: what they say happened did happen. Where the next
 * frame starts is unknown then: the decoder refuses all further bytes, and belongs dropped together
 * with its connection.
 */
export class FrameDecoder {
  readonly #frameBytesMax: number;
  /** The frame being gathered; its first `#gatheredBytes` bytes are there. */
  #gathered: Buffer = Buffer.alloc(0);
  #gatheredBytes = 0;
  #failure: WireError | undefined;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /** Memory held for the frame that is not complete yet; never more than `frameBytesMax`. */
  get retainedBytes(): number {
    return this.#gathered.length;
  }

  /**
   * Hands `take` the frames that `chunk` completes, in order; they may share its memory. If `take`
   * throws, the rest of the chunk is lost, and the decoder belongs dropped, too.
   */
  push(chunk: Buffer, take: (frame: Buffer) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    let at = 0;
    while (at < chunk.length) {
      const whole = this.#gatheredBytes === 0 ? this.#wholeFrame(chunk, at) : undefined;
      at += whole === undefined ? this.#gather(chunk, at) : whole.length;
      const frame = whole ?? this.#completed();
      if (frame !== undefined) take(frame);
    }
  }

  #wholeFrame(chunk: Buffer, at: number): Buffer | undefined {
    if (chunk.length - at < SIZE_END) return undefined;
    const end = at + this.#frameBytes(chunk, at);
    return end <= chunk.length ? chunk.subarray(at, end) : undefined;
  }

  /** Takes what the next step needs of `chunk`: its size field first, then the rest of the frame. */
  #gather(chunk: Buffer, at: number): number {
    const sized = this.#gatheredBytes >= SIZE_END;
    const neededBytes = sized ? this.#frameBytes(this.#gathered, 0) : SIZE_END;
    const taken = Math.min(neededBytes - this.#gatheredBytes, chunk.length - at);
    this.#reserve(this.#gatheredBytes + taken, neededBytes);
    chunk.copy(this.#gathered, this.#gatheredBytes, at, at + taken);
    this.#gatheredBytes += taken;
    return taken;
  }

  #reserve(bytes: number, bytesMax: number): void {
    if (bytes <= this.#gathered.length) return;
    const doubled = Math.min(this.#gathered.length * 2, bytesMax);
    const larger = Buffer.allocUnsafe(Math.max(bytes, doubled));
    this.#gathered.copy(larger, 0, 0, this.#gatheredBytes);
    this.#gathered = larger;
  }

  #completed(): Buffer | undefined {
    if (this.#gatheredBytes < SIZE_END) return undefined;
    if (this.#gatheredBytes < this.#frameBytes(this.#gathered, 0)) return undefined;
    const frame = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gathered = Buffer.alloc(0);
    this.#gatheredBytes = 0;
    return frame;
  }

  #frameBytes(buffer: Buffer, at: number): number {
    const declared = buffer.readUInt32LE(at + SIZE_AT);
    if (declared >= HEADER_BYTES && declared <= this.#frameBytesMax) return declared;
    this.#failure = new WireError(
      `frame declares ${declared} bytes, not ${HEADER_BYTES}..=${this.#frameBytesMax}`,
    );
    this.#gathered = Buffer.alloc(0);
    throw this.#failure;
  }
}

export interface Request {
  header: RequestHeader;
  body: Buffer;
}

export type ServerFrame =
  | { kind: 'reply'; header: ReplyHeader; body: Buffer }
  | { kind: 'eviction'; header: Required<EvictionHeader> };

export function encodeRequest(header: RequestHeader, body: Uint8Array): Buffer {
  const out = new ByteWriter(HEADER_BYTES + body.length);
  writeRequestHeader(out, header, HEADER_BYTES + body.length);
  return out.bytes(body).finish();
}

/** Takes one whole frame, as `FrameDecoder` hands them over. The body is a view of it. */
export function decodeRequest(frame: Buffer): Request {
  const input = new ByteReader(frame);
  const header = readRequestHeader(input);
  return { header, body: input.rest() };
}

export function encodeReply(header: ReplyHeader, body: Uint8Array): Buffer {
  const out = new ByteWriter(HEADER_BYTES + body.length);
  writeReplyHeader(out, header, HEADER_BYTES + body.length);
  return out.bytes(body).finish();
}

/** The same with a body that `writeBody` writes where it belongs: a page of messages is copied once less. */
export function composeReply(header: ReplyHeader, writeBody: (out: ByteWriter) => void): Buffer {
  const out = new ByteWriter(2 * HEADER_BYTES);
  writeReplyHeader(out, header, HEADER_BYTES);
  writeBody(out);
  out.patchU32(SIZE_AT, out.length);
  return out.finish();
}

export function encodeEviction(header: EvictionHeader): Buffer {
  const out = new ByteWriter(HEADER_BYTES);
  writeEvictionHeader(out, header);
  return out.finish();
}

/** Takes one whole frame, as `FrameDecoder` hands them over. The body is a view of it. */
export function decodeServerFrame(frame: Buffer): ServerFrame {
  const input = new ByteReader(frame);
  const server = readServerHeader(input);
  return server.kind === 'reply' ? { ...server, body: input.rest() } : server;
}
