import type { Readable, Transform } from 'node:stream';

import { GatewayError } from '../errors.ts';
import { type ContentEncoding, createDecoder, parseContentEncoding } from './content-encoding.ts';
import type { MiddlewareContext } from './state.ts';

/**
 * Reads a JSON body whole and decodes it. Throws `unsupported_media_type` before,
 * `payload_too_large` as soon as it is known, `malformed_json` if it cannot be decoded, and
 * `request_timeout` when it is not complete in time. `bytesMax` counts what came, and what it
 * decodes to.
 */
export async function readBody(ctx: MiddlewareContext, bytesMax: number): Promise<Buffer> {
  const { headers } = ctx.req;
  checkMediaType(headers['content-type'] ?? '');
  const encoding = parseContentEncoding(headers['content-encoding'] ?? '');
  ctx.state.bodyUnread = true;
  // Node has checked that it is a number, if it is there.
  const announced = Number(headers['content-length'] ?? '');
  if (announced > bytesMax) throw tooLarge(bytesMax);
  // Whoever asked whether to send the body at all has now passed every gate.
  if (waitsForContinue(ctx)) ctx.res.writeContinue();
  // What came in one packet with the headers is given out right behind them.
  if (announced > 0) await Promise.resolve();
  const body =
    (encoding === undefined ? takeWhole(ctx, announced) : undefined) ??
    (await collectBody(ctx.req, { encoding, bytesMax, signal: ctx.state.bodySignal() }));
  ctx.state.bodyUnread = false;
  return body;
}

/** A body that is here already: most come with their headers, in one piece, which then is not copied. */
function takeWhole(
  { req: request, state }: MiddlewareContext,
  announced: number,
): Buffer | undefined {
  if (request.readableLength === 0 || request.readableLength !== announced) return undefined;
  if (state.signal.aborted) return undefined;
  const body: unknown = request.read();
  // Its end is still to come, and wants to be seen.
  request.resume();
  return Buffer.isBuffer(body) ? body : undefined;
}

/** The client holds its body back until it is asked for it (RFC 9110 §10.1.1). */
export function waitsForContinue(ctx: MiddlewareContext): boolean {
  const { httpVersion, headers } = ctx.req;
  return httpVersion === '1.1' && (headers.expect ?? '') !== '';
}

const JSON_TYPE = /^application\/(?:[\w!#$&^.-]+\+)?json$/i;
const UTF_8 = /^"?utf-?8"?$/i;

/** `application/json` or `application/…+json`, in UTF-8 (http-contract §2). */
function checkMediaType(contentType: string): void {
  // What nearly all say.
  if (contentType === 'application/json') return;
  const [type = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  const charset = parameters.find((parameter) => /^charset=/i.test(parameter))?.slice(8) ?? 'utf-8';
  if (JSON_TYPE.test(type) && UTF_8.test(charset)) return;
  throw new GatewayError(
    'unsupported_media_type',
    'The body must be JSON in UTF-8, sent with Content-Type: application/json',
    { headers: { Accept: 'application/json' } },
  );
}

function tooLarge(bytesMax: number): GatewayError {
  return new GatewayError('payload_too_large', `The body has more than ${bytesMax} bytes`);
}

function tooSlow(cause: unknown): GatewayError {
  return new GatewayError('request_timeout', 'The body did not arrive in time', { cause });
}

function brokenOff(cause: Error): GatewayError {
  return new GatewayError('bad_request', 'The body broke off', { cause });
}

export interface CollectOptions {
  encoding: ContentEncoding | undefined;
  bytesMax: number;
  signal: AbortSignal;
}

/** Reads a body to its end. It is left paused if there is a reason to stop before. */
export async function collectBody(
  request: Readable,
  { encoding, bytesMax, signal }: CollectOptions,
): Promise<Buffer> {
  if (encoding === undefined) return collect(request, { bytesMax, signal, fail: brokenOff });

  const decoder = createDecoder(encoding);
  const raw = feed(request, decoder, bytesMax);
  try {
    const fail = (cause: Error): GatewayError =>
      cause instanceof GatewayError ? cause : undecodable(encoding, cause);
    return await collect(decoder, { bytesMax, signal, fail });
  } finally {
    raw.stop();
  }
}

function undecodable(encoding: ContentEncoding, cause: Error): GatewayError {
  return new GatewayError('malformed_json', `The body is not valid ${encoding}`, { cause });
}

/** Lets a request flow into its decoder, no faster than that takes it, up to `bytesMax` bytes. */
function feed(request: Readable, decoder: Transform, bytesMax: number): { stop(): void } {
  let bytes = 0;
  function onData(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes > bytesMax) decoder.destroy(tooLarge(bytesMax));
  }
  function onError(cause: Error): void {
    decoder.destroy(brokenOff(cause));
  }
  // A late error must not end the process: by then nobody else listens.
  decoder.on('error', () => {});
  request.on('data', onData).on('error', onError).pipe(decoder);
  return {
    stop() {
      request.off('data', onData).off('error', onError).unpipe(decoder);
      request.pause();
      // What it has not decoded yet, it never will: a bomb ends here.
      decoder.destroy();
    },
  };
}

interface CollectingOptions {
  bytesMax: number;
  signal: AbortSignal;
  /** What a fault of the stream is called. */
  fail: (cause: Error) => GatewayError;
}

/** By data events: measured a third faster than `for await`. */
function collect(source: Readable, options: CollectingOptions): Promise<Buffer> {
  const { bytesMax, signal, fail } = options;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;

    function onData(chunk: Buffer): void {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > bytesMax) settle(() => reject(tooLarge(bytesMax)));
    }
    function onEnd(): void {
      settle(() => resolve(Buffer.concat(chunks, bytes)));
    }
    function onError(cause: Error): void {
      settle(() => reject(fail(cause)));
    }
    function onAbort(): void {
      settle(() => reject(tooSlow(signal.reason)));
    }
    function settle(finish: () => void): void {
      source.off('data', onData).off('end', onEnd).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      // Without a listener the stream would go on, and throw the rest away unseen.
      source.pause();
      finish();
    }

    if (signal.aborted) {
      reject(tooSlow(signal.reason));
      return;
    }
    signal.addEventListener('abort', onAbort);
    source.on('data', onData).on('end', onEnd).on('error', onError);
  });
}
