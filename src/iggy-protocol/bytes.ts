/**
 * The bytes do not say what the protocol allows. A peer that sends such bytes cannot be understood
 * any further: fatal for the connection if a frame is wrong, for the request if its body is.
 */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const INITIAL_BYTES = 256;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Appends little-endian fields to one growing buffer. A value that does not fit its field is a WireError. */
export class ByteWriter {
  #buffer: Buffer;
  /** Of the same bytes. Writes a number many times as fast as the buffer does. */
  #view: DataView;
  #length = 0;

  constructor(capacityBytes = INITIAL_BYTES) {
    this.#buffer = Buffer.allocUnsafe(capacityBytes);
    this.#view = viewOf(this.#buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, integer(value, 0xff));
    return this;
  }

  u16(value: number): this {
    const at = this.#grow(2);
    this.#view.setUint16(at, integer(value, 0xffff), true);
    return this;
  }

  u32(value: number): this {
    const at = this.#grow(4);
    this.#view.setUint32(at, integer(value, 0xffff_ffff), true);
    return this;
  }

  u64(value: bigint): this {
    if (value < 0n || value > U64_MAX) throw new WireError(`${value} does not fit 64 bits`);
    const at = this.#grow(8);
    this.#view.setBigUint64(at, value, true);
    return this;
  }

  u128(value: bigint): this {
    // What does not fit 128 bits leaves a high half that does not fit 64.
    return this.u64(BigInt.asUintN(64, value)).u64(value >> 64n);
  }

  f32(value: number): this {
    const at = this.#grow(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  bytes(part: Uint8Array): this {
    const at = this.#grow(part.length);
    this.#buffer.set(part, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.#grow(count);
    this.#buffer.fill(0, at, at + count);
    return this;
  }

  /** Overwrites four bytes already written, for a length known only afterwards. */
  patchU32(at: number, value: number): void {
    if (at + 4 > this.#length) throw new WireError(`nothing was written at ${at} yet`);
    this.#view.setUint32(at, integer(value, 0xffff_ffff), true);
  }

  /** What was written. The writer must not be used afterwards: the bytes are not copied. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes room for `bytes` more and returns where they start. */
  #grow(bytes: number): number {
    const start = this.#length;
    const needed = start + bytes;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, start);
      this.#buffer = larger;
      this.#view = viewOf(larger);
    }
    this.#length = needed;
    return start;
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

function integer(value: number, max: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new WireError(`${value} is no integer in 0..=${max}`);
}

// `ignoreBOM` means "keep it": without, a leading U+FEFF would vanish from a name.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads little-endian fields in order. Every read is checked: a short or malformed field is a WireError. */
export class ByteReader {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  #offset = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#view = viewOf(buffer);
  }

  get remaining(): number {
    return this.#buffer.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  u128(): bigint {
    const at = this.#take(16);
    return this.#view.getBigUint64(at, true) | (this.#view.getBigUint64(at + 8, true) << 64n);
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  /** Any byte but zero is true: what the released decoders do (iggy-vsr-0.11 §4). */
  bool(): boolean {
    return this.u8() !== 0;
  }

  /** A view of the next `count` bytes, not a copy. */
  bytes(count: number): Buffer {
    const at = this.#take(count);
    return this.#buffer.subarray(at, at + count);
  }

  /** A view of everything not read yet. */
  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  utf8(count: number): string {
    const text = this.bytes(count);
    try {
      return utf8.decode(text);
    } catch (cause) {
      throw new WireError(`text at ${this.#offset - count} is not UTF-8`, { cause });
    }
  }

  /** Call last: bytes nobody asked for mean the two sides disagree about the layout. */
  end(): void {
    if (this.remaining > 0) {
      throw new WireError(`${this.remaining} bytes left over at ${this.#offset}`);
    }
  }

  #take(count: number): number {
    const start = this.#offset;
    if (count > this.#buffer.length - start) {
      throw new WireError(`needs ${count} bytes at ${start}, has ${this.remaining}`);
    }
    this.#offset = start + count;
    return start;
  }
}
