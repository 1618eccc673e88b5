import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openGateway, type TestGateway } from '../support/start-gateway.ts';

const UPLOAD_BYTES = 50 * 1024 * 1024;
const PIECE = new Uint8Array(256 * 1024).fill(0x20);
/** A reset would win the race only sometimes. */
const ROUNDS = 5;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway();
});
afterAll(() => gateway.stop());

const TOO_LARGE = { status: 413, error: 'payload_too_large', retryable: false };

test('fetch in the middle of an upload that is announced as too large sees the 413', async () => {
  const body = new Uint8Array(UPLOAD_BYTES).fill(0x20);
  for (let round = 0; round < ROUNDS; round += 1) {
    const response = await gateway.fetch('/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject(TOO_LARGE);
  }
});

test('fetch that streams an upload of unknown size sees the 413', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    let left = UPLOAD_BYTES;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        left -= PIECE.length;
        if (left >= 0) controller.enqueue(PIECE);
        else controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as const;
    const response = await gateway.fetch('/messages', init);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject(TOO_LARGE);
  }
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test.skipIf(!hasCurl).each([['announced'], ['chunked', '-H', 'Transfer-Encoding: chunked']])(
  'curl in the middle of an upload sees the 413: %s',
  async (_, ...more) => {
    const options = [
      '-sS',
      '--data-binary',
      '@-',
      '-H',
      'Expect:',
      '-H',
      'Content-Type: application/json',
    ];
    const curl = spawn('curl', [...options, ...more, `${gateway.url}/messages`]);
    // It stops reading when it is answered.
    curl.stdin.on('error', () => {});
    curl.stdin.end(new Uint8Array(UPLOAD_BYTES).fill(0x20));
    expect(JSON.parse(await text(curl.stdout))).toMatchObject(TOO_LARGE);
  },
);
