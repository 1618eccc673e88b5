import type { Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';

import { GatewayError } from '../errors.ts';

/** What a body may be compressed with (http-contract §2). */
export type ContentEncoding = 'gzip' | 'br' | 'zstd';

/** RFC 9659 §3: no more memory than this for one zstd stream; its frame could ask for 2 GB. */
const ZSTD_WINDOW_LOG_MAX = 23;

/**
 * The encoding that a `Content-Encoding` header names; `undefined` for none. Throws
 * `unsupported_media_type` for any other, and for several on top of each other.
 */
export function parseContentEncoding(header: string): ContentEncoding | undefined {
  const name = header.trim().toLowerCase();
  switch (name) {
    case '':
    case 'identity':
      return undefined;
    case 'gzip':
    // RFC 9110 §8.4.1.3: the same.
    case 'x-gzip':
      return 'gzip';
    case 'br':
    case 'zstd':
      return name;
    default:
      throw new GatewayError(
        'unsupported_media_type',
        'The body may be compressed once, with gzip, br or zstd',
        { headers: { 'Accept-Encoding': 'gzip, br, zstd' } },
      );
  }
}

/** A stream that decodes. It fails on what is cut short, malformed, or followed by something else. */
export function createDecoder(encoding: ContentEncoding): Transform {
  switch (encoding) {
    case 'gzip':
      // Takes several members (RFC 1952 §2.2), and refuses whatever else follows by itself.
      return createGunzip();
    case 'br':
      return createBrotliDecompress({ rejectGarbageAfterEnd: true });
    case 'zstd':
      return createZstdDecompress({
        rejectGarbageAfterEnd: true,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      });
  }
}
