import { Readable } from 'node:stream';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { GatewayError } from '../../src/errors.ts';
import { collectBody } from '../../src/http/body.ts';
import { must } from '../oracle.ts';
import { target } from '../target.ts';

const BYTES_MAX = 1000;
const ENCODERS = {
  none: (bytes: Buffer) => bytes,
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
type Encoding = keyof typeof ENCODERS;

const anyText = fc.oneof(
  fc.string({ maxLength: 100 }),
  fc.integer({ min: BYTES_MAX - 2, max: BYTES_MAX + 2 }).map((length) => 'x'.repeat(length)),
  fc.constant('x'.repeat(1_000_000)),
);

const anyInput = fc.record({
  text: anyText,
  encoding: fc.constantFrom<Encoding>('none', 'gzip', 'br', 'zstd'),
  /** Where the bytes are cut into chunks. */
  cuts: fc.array(fc.nat({ max: 2000 }), { maxLength: 10 }),
  /** Which byte is another one, if any. */
  damagedAt: fc.option(fc.nat({ max: 200 })),
  /** Whether the last byte never comes. */
  isCut: fc.boolean(),
});

/** What was sent comes out, however it came in, or it is refused for the right reason. */
export const bodyReader = target({
  name: 'body-reader',
  arbitrary: anyInput,
  async check({ text, encoding, cuts, damagedAt, isCut }) {
    const sent = Buffer.from(text);
    const bytes = Buffer.from(ENCODERS[encoding](sent)).subarray(0, isCut ? -1 : undefined);
    const isDamaged = damagedAt !== null && damagedAt < bytes.length;
    if (isDamaged) bytes[damagedAt] = (bytes[damagedAt] ?? 0) ^ 0xff;
    const outcome = await collect(chunksOf(bytes, cuts), encoding);

    if (Buffer.isBuffer(outcome)) {
      must(outcome.length <= BYTES_MAX, 'more than the limit came through');
      must(isDamaged || isCut || outcome.equals(sent), 'other bytes came out');
    } else {
      const isOver = outcome === 'payload_too_large' && sent.length > BYTES_MAX;
      const isBroken = outcome === 'malformed_json' && encoding !== 'none';
      // Damage may make it decode to anything.
      must(isOver || (isBroken && (isDamaged || isCut)) || isDamaged, `refused with ${outcome}`);
    }
  },
});

async function collect(chunks: readonly Buffer[], encoding: Encoding): Promise<Buffer | string> {
  const { signal } = new AbortController();
  try {
    return await collectBody(Readable.from(chunks), {
      encoding: encoding === 'none' ? undefined : encoding,
      bytesMax: BYTES_MAX,
      signal,
    });
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [
    0,
    ...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}
