import { access } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import {
  brotliCompressSync,
  constants,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { collectBody } from '../../../src/http/body.ts';
import { type ContentEncoding, createDecoder } from '../../../src/http/content-encoding.ts';
import { rejectionOf } from '../../support/problems.ts';
import { lastBody, openRaw } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp, type TestApp } from '../../support/start-app.ts';

const ENCODERS: Readonly<Record<ContentEncoding, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};
const ENCODINGS = ['gzip', 'br', 'zstd'] as const;
const BODY = Buffer.from('{"name":"orders"}');
/** Compresses to next to nothing. */
const BOMB = Buffer.alloc(8 * 1024 * 1024);
/** What a decoder puts out at a time. */
const PIECE_BYTES_MAX = 128 * 1024;

function send({ fetch }: TestApp, body: Uint8Array<ArrayBuffer>, encoding: string) {
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
  return fetch('/streams', { method: 'POST', headers, body });
}

describe('a body may come compressed', () => {
  test.each(ENCODINGS)('with %s', async (encoding) => {
    const app = await startTestApp();
    const response = await send(app, new Uint8Array(ENCODERS[encoding](BODY)), encoding);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ name: 'orders' });
  });

  test.each(['x-gzip', 'GZIP'])('with gzip called %s', async (name) => {
    const app = await startTestApp();
    expect((await send(app, new Uint8Array(gzipSync(BODY)), name)).status).toBe(201);
  });

  test('with gzip in several members', async () => {
    const app = await startTestApp();
    const members = [BODY.subarray(0, 5), BODY.subarray(5)].map((part) => gzipSync(part));
    expect((await send(app, new Uint8Array(Buffer.concat(members)), 'gzip')).status).toBe(201);
  });

  test('or not, which is called identity', async () => {
    const app = await startTestApp();
    expect((await send(app, new Uint8Array(BODY), 'identity')).status).toBe(201);
  });

  test.each(['deflate', 'compress', 'gzip, br', 'gzip, gzip', 'aws-chunked', '*'])(
    'but not with %s; the answer says with what',
    async (name) => {
      const app = await startTestApp();
      const response = await send(app, new Uint8Array(gzipSync(BODY)), name);
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('gzip, br, zstd');
      expect(await response.json()).toMatchObject({ error: 'unsupported_media_type' });
      expect(app.client.calls).not.toContain('createStream');
    },
  );
});

describe('the limit counts what a body decodes to', () => {
  test.each(ENCODINGS)('up to the very byte: %s', async (encoding) => {
    const app = await startTestApp({ env: { MAX_REQUEST_BODY_SIZE: '1000' } });
    const fitting = Buffer.from(`{"name":"a"}${' '.repeat(988)}`);
    const over = Buffer.from(`{"name":"b"}${' '.repeat(989)}`);
    const ok = await send(app, new Uint8Array(ENCODERS[encoding](fitting)), encoding);
    expect(ok.status).toBe(201);
    const refused = await send(app, new Uint8Array(ENCODERS[encoding](over)), encoding);
    expect(refused.status).toBe(413);
  });

  test.each(ENCODINGS)('and of a bomb no more is ever decoded: %s', async (encoding) => {
    const bytesMax = 100_000;
    const decoded = countDecoded();
    const source = Readable.from([ENCODERS[encoding](BOMB)]);
    const signal = new AbortController().signal;
    const problem = await rejectionOf(collectBody(source, { encoding, bytesMax, signal }));
    expect(problem.code).toBe('payload_too_large');
    // Whatever was under way has ended with it.
    await turns(20);
    expect(decoded()).toBeGreaterThan(bytesMax);
    expect(decoded()).toBeLessThanOrEqual(bytesMax + PIECE_BYTES_MAX);
  });

  test('and what comes, up to the very byte', async () => {
    const text = gzipSync('{"name":"a"}');
    const signal = new AbortController().signal;
    const read = (bytesMax: number): Promise<Buffer> =>
      collectBody(Readable.from([text]), { encoding: 'gzip', bytesMax, signal });
    expect(String(await read(text.length))).toBe('{"name":"a"}');
    expect((await rejectionOf(read(text.length - 1))).code).toBe('payload_too_large');
  });

  test('as it does the bytes that come, whatever they decode to', async () => {
    const empty = Buffer.concat(Array.from({ length: 3 }, () => gzipSync('')));
    const source = Readable.from([empty, gzipSync(BODY)]);
    const signal = new AbortController().signal;
    const outcome = collectBody(source, { encoding: 'gzip', bytesMax: 30, signal });
    expect((await rejectionOf(outcome)).code).toBe('payload_too_large');
  });

  test('and a decoder that is not needed any more is let go of', async () => {
    const destroy = vi.spyOn(Transform.prototype, 'destroy');
    onTestFinished(() => destroy.mockRestore());
    const signal = new AbortController().signal;
    const source = Readable.from([gzipSync(BOMB)]);
    await rejectionOf(collectBody(source, { encoding: 'gzip', bytesMax: 100_000, signal }));
    expect(destroy).toHaveBeenCalled();
  });
});

describe('a body that cannot be decoded is malformed', () => {
  const faults: readonly [string, (bytes: Buffer) => Buffer][] = [
    ['cut short', (bytes) => bytes.subarray(0, -3)],
    ['empty', () => Buffer.alloc(0)],
    ['followed by something else', (bytes) => Buffer.concat([bytes, Buffer.from('rest')])],
    ['not compressed at all', () => BODY],
  ];
  const cases = ENCODINGS.flatMap((encoding) =>
    faults.map(([fault, change]) => [encoding, fault, change] as const),
  );

  test.each(cases)('%s %s', async (encoding, _, change) => {
    const app = await startTestApp();
    const body = new Uint8Array(change(ENCODERS[encoding](BODY)));
    const response = await send(app, body, encoding);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: 'malformed_json',
      message: `The body is not valid ${encoding}`,
    });
  });

  test('zstd that asks for more memory than a stream may have', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_checksumFlag]: 0 };
    const encoder = createZstdCompress({ params });
    encoder.write(BODY);
    encoder.flush(() => encoder.end());
    const app = await startTestApp();
    const body = Buffer.concat(await encoder.toArray());
    expect((await send(app, new Uint8Array(body), 'zstd')).status).toBe(400);
  });
});

test('the time for a body holds while it is decoded', async () => {
  const { app, clock } = await startTestApp({ env: { REQUEST_BODY_TIMEOUT_MS: '500' } });
  const raw = await openRaw(app.port);
  const before = clock.pendingTimers;
  const bytes = gzipSync(BODY);
  raw.write(
    'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
      `Content-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  raw.socket.write(bytes.subarray(0, -1));
  await until(() => clock.pendingTimers > before);
  await clock.advance(500);
  const answer = await raw.received(/\}$/);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(lastBody(answer)).toMatchObject({ error: 'request_timeout' });
});

test('a client that goes away while its body is decoded leaves nothing behind', async () => {
  const source = new Readable({ read: () => {} });
  source.push(gzipSync(BODY).subarray(0, 10));
  const signal = new AbortController().signal;
  const outcome = rejectionOf(collectBody(source, { encoding: 'gzip', bytesMax: 100, signal }));
  source.destroy(new Error('gone'));
  expect((await outcome).code).toBe('bad_request');
  expect(source.listenerCount('data')).toBe(0);
});

test('every encoding that is announced can be decoded', async () => {
  for (const encoding of ENCODINGS) {
    const decoder = createDecoder(encoding);
    decoder.end(ENCODERS[encoding](BODY));
    expect(Buffer.concat(await decoder.toArray())).toEqual(BODY);
  }
});

/** Counts what all decoders put out from now on. */
function countDecoded(): () => number {
  let bytes = 0;
  const push = Readable.prototype.push;
  const spy = vi.spyOn(Readable.prototype, 'push').mockImplementation(function count(
    this: Readable,
    chunk: unknown,
    encoding,
  ) {
    if (this instanceof Transform && Buffer.isBuffer(chunk)) bytes += chunk.length;
    return push.call(this, chunk, encoding);
  });
  onTestFinished(() => spy.mockRestore());
  return () => bytes;
}

/** Lets the thread pool and whoever waits for it have their turns. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await access('.');
}
