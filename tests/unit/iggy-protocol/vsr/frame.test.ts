import * as fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';

import { WireError } from '../../../../src/iggy-protocol/bytes.ts';
import { encodeRequest, FrameDecoder } from '../../../../src/iggy-protocol/vsr/frame.ts';
import { HEADER_BYTES, SIZE_AT } from '../../../../src/iggy-protocol/vsr/header.ts';
import { failureOf } from '../support/failure.ts';

const LIMIT = 2048;

function frameOf(body: Uint8Array): Buffer {
  const header = {
    client: 7n,
    requestChecksum: 0n,
    timestamp: 0n,
    request: 1n,
    operation: 128,
    session: 1n,
    userId: 0,
    code: null,
  };
  return encodeRequest(header, body);
}

/** A header that declares `sizeBytes`, whatever follows. */
function declaring(sizeBytes: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(sizeBytes, SIZE_AT);
  return header;
}

/** Cuts `bytes` at every one of `cuts`, in order. */
function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const inside = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b);
  const edges = [0, ...inside, bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

/** The frames that `chunks` complete. */
function framesOf(decoder: FrameDecoder, chunks: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = [];
  for (const chunk of chunks) decoder.push(chunk, (frame) => frames.push(frame));
  return frames;
}

const anyFrame = fc.uint8Array({ maxLength: LIMIT - HEADER_BYTES }).map(frameOf);
const anyCuts = fc.array(fc.nat(), { maxLength: 40 });

describe('a byte stream', () => {
  test('yields the same frames however it is cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), anyCuts, (frames, cuts) => {
        const decoder = new FrameDecoder(LIMIT);
        const chunks = chunksOf(Buffer.concat(frames), cuts);
        expect(framesOf(decoder, chunks)).toEqual(frames);
        expect(decoder.retainedBytes).toBe(0);
      }),
    );
  });

  test('yields its frames also when it comes byte by byte', () => {
    const frames = [
      frameOf(Buffer.from('one')),
      frameOf(Buffer.alloc(0)),
      frameOf(Buffer.from('3')),
    ];
    const decoder = new FrameDecoder(LIMIT);
    const bytes = Array.from(Buffer.concat(frames), (byte) => Buffer.of(byte));
    expect(framesOf(decoder, bytes)).toEqual(frames);
  });

  test('hands a frame over with the very chunk that completes it', () => {
    const frame = frameOf(Buffer.from('late'));
    const decoder = new FrameDecoder(LIMIT);
    expect(framesOf(decoder, [frame.subarray(0, -1)])).toEqual([]);
    expect(framesOf(decoder, [frame.subarray(-1)])).toEqual([frame]);
  });

  test('yields every frame before garbage, and nothing after it, however it is cut', () => {
    const anyGarbage = fc
      .tuple(fc.oneof(fc.nat({ max: HEADER_BYTES - 1 }), fc.constant(LIMIT + 1)), anyFrame)
      .map(([sizeBytes, rest]) => Buffer.concat([declaring(sizeBytes), rest]));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), anyGarbage, anyCuts, (good, bad, cuts) => {
        const decoder = new FrameDecoder(LIMIT);
        const frames: Buffer[] = [];
        const chunks = chunksOf(Buffer.concat([...good, bad]), cuts);
        const failures = chunks.map((chunk) =>
          failureOf(() => decoder.push(chunk, (frame) => frames.push(frame))),
        );
        expect(frames).toEqual(good);
        expect(failures.at(-1)).toBeInstanceOf(WireError);
      }),
    );
  });

  test('of garbage ends in frames or a WireError, and never holds more than one frame', () => {
    const anyBytes = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    const anyStart = fc.nat({ max: LIMIT + 50 }).map(declaring);
    const anyChunks = fc.array(fc.oneof(anyBytes, anyStart, anyFrame), { maxLength: 12 });
    fc.assert(
      fc.property(anyChunks, anyCuts, (parts, cuts) => {
        const decoder = new FrameDecoder(LIMIT);
        const frames: Buffer[] = [];
        const retainedBytes: number[] = [];
        const failure = failureOf(() => {
          for (const chunk of chunksOf(Buffer.concat(parts), cuts)) {
            decoder.push(chunk, (frame) => frames.push(frame));
            retainedBytes.push(decoder.retainedBytes);
          }
        });
        expect(frames.every((frame) => frame.length === frame.readUInt32LE(SIZE_AT))).toBe(true);
        expect(Math.max(0, ...retainedBytes)).toBeLessThanOrEqual(LIMIT);
        expect(failure === undefined || failure instanceof WireError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a declared size', () => {
  test.each([0, 255, LIMIT + 1, 0xffff_ffff])('of %i is refused with its header', (sizeBytes) => {
    const decoder = new FrameDecoder(LIMIT);
    const upToSize = declaring(sizeBytes).subarray(0, SIZE_AT + 4);
    expect(() => framesOf(decoder, [upToSize])).toThrow(WireError);
    expect(decoder.retainedBytes).toBe(0);
  });

  test('is refused with its last byte, however it was cut', () => {
    const decoder = new FrameDecoder(LIMIT);
    const upToSize = declaring(LIMIT + 1).subarray(0, SIZE_AT + 4);
    expect(framesOf(decoder, [upToSize.subarray(0, -1)])).toEqual([]);
    expect(() => framesOf(decoder, [upToSize.subarray(-1)])).toThrow(WireError);
  });

  test('of exactly the limit, and of a bare header, is let in', () => {
    const frames = [frameOf(Buffer.alloc(LIMIT - HEADER_BYTES)), frameOf(Buffer.alloc(0))];
    expect(framesOf(new FrameDecoder(LIMIT), [Buffer.concat(frames)])).toEqual(frames);
  });

  test('that is refused leaves no way back into the stream', () => {
    const decoder = new FrameDecoder(LIMIT);
    expect(() => framesOf(decoder, [declaring(1)])).toThrow(WireError);
    expect(() => framesOf(decoder, [frameOf(Buffer.alloc(0))])).toThrow(WireError);
  });

  test('alone reserves no memory: what is held grows with what arrives', () => {
    const decoder = new FrameDecoder(64 * 1024 * 1024);
    expect(framesOf(decoder, [declaring(64 * 1024 * 1024)])).toEqual([]);
    expect(decoder.retainedBytes).toBeLessThanOrEqual(2 * HEADER_BYTES);
  });
});

test('a big frame in many tiny chunks is copied a few times, not once per chunk', () => {
  const frame = frameOf(Buffer.alloc(1_000_000, 1));
  const decoder = new FrameDecoder(frame.length);
  // Whatever is copied goes into a new buffer first, so what was allocated bounds what was copied.
  const spies = [vi.spyOn(Buffer, 'allocUnsafe'), vi.spyOn(Buffer, 'concat')];
  try {
    const frames: Buffer[] = [];
    for (let at = 0; at < frame.length; at += 100) {
      decoder.push(frame.subarray(at, at + 100), (whole) => frames.push(whole));
    }
    expect(frames[0]?.equals(frame)).toBe(true);
    expect(spies.map(allocatedBytes).reduce((sum, bytes) => sum + bytes)).toBeLessThan(
      3 * frame.length,
    );
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

function allocatedBytes({ mock }: { mock: { results: { value: unknown }[] } }): number {
  return mock.results.reduce(
    (sum, { value }) => sum + (value instanceof Uint8Array ? value.length : 0),
    0,
  );
}

test('a frame that arrives whole is not copied', () => {
  const frame = frameOf(Buffer.from('whole'));
  const [first, second] = framesOf(new FrameDecoder(LIMIT), [Buffer.concat([frame, frame])]);
  // Small buffers share their memory anyway, so the place in it counts.
  expect([second?.buffer, second?.byteOffset]).toEqual([
    first?.buffer,
    (first?.byteOffset ?? 0) + frame.length,
  ]);
});
