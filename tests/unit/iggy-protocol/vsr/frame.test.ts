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

const anyFrame = fc.uint8Array({ maxLength: LIMIT - HEADER_BYTES }).map(frameOf);
const anyCuts = fc.array(fc.nat(), { maxLength: 40 });

describe('a byte stream', () => {
  test('yields the same frames however it is cut', () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 6 }), anyCuts, (frames, cuts) => {
        const decoder = new FrameDecoder(LIMIT);
        const chunks = chunksOf(Buffer.concat(frames), cuts);
        expect(chunks.flatMap((chunk) => decoder.push(chunk))).toEqual(frames);
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
    expect(bytes.flatMap((byte) => decoder.push(byte))).toEqual(frames);
  });

  test('hands a frame over with the very chunk that completes it', () => {
    const frame = frameOf(Buffer.from('late'));
    const decoder = new FrameDecoder(LIMIT);
    expect(decoder.push(frame.subarray(0, -1))).toEqual([]);
    expect(decoder.push(frame.subarray(-1))).toEqual([frame]);
  });

  test('of garbage ends in frames or a WireError, and never holds more than one frame', () => {
    const anyBytes = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    const anyStart = fc.nat({ max: LIMIT + 50 }).map(declaring);
    const anyChunks = fc.array(fc.oneof(anyBytes, anyStart, anyFrame), { maxLength: 12 });
    fc.assert(
      fc.property(anyChunks, anyCuts, (parts, cuts) => {
        const decoder = new FrameDecoder(LIMIT);
        const seen: { frames: Buffer[]; retainedBytes: number }[] = [];
        const failure = failureOf(() => {
          for (const chunk of chunksOf(Buffer.concat(parts), cuts)) {
            seen.push({ frames: decoder.push(chunk), retainedBytes: decoder.retainedBytes });
          }
        });
        const frames = seen.flatMap((push) => push.frames);
        expect(frames.every((frame) => frame.length === frame.readUInt32LE(SIZE_AT))).toBe(true);
        expect(Math.max(0, ...seen.map((push) => push.retainedBytes))).toBeLessThanOrEqual(LIMIT);
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
    expect(() => decoder.push(upToSize)).toThrow(WireError);
    expect(decoder.retainedBytes).toBe(0);
  });

  test('of exactly the limit, and of a bare header, is let in', () => {
    const frames = [frameOf(Buffer.alloc(LIMIT - HEADER_BYTES)), frameOf(Buffer.alloc(0))];
    expect(new FrameDecoder(LIMIT).push(Buffer.concat(frames))).toEqual(frames);
  });

  test('that is refused leaves no way back into the stream', () => {
    const decoder = new FrameDecoder(LIMIT);
    expect(() => decoder.push(declaring(1))).toThrow(WireError);
    expect(() => decoder.push(frameOf(Buffer.alloc(0)))).toThrow(WireError);
  });

  test('alone reserves no memory: what is held grows with what arrives', () => {
    const decoder = new FrameDecoder(64 * 1024 * 1024);
    decoder.push(declaring(64 * 1024 * 1024));
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
      frames.push(...decoder.push(frame.subarray(at, at + 100)));
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
  expect(new FrameDecoder(LIMIT).push(frame)[0]?.buffer).toBe(frame.buffer);
});
