import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { openRaw } from '../support/raw-http.ts';
import { startTestApp } from '../support/start-app.ts';

const HEAD =
  'POST /messages HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
  'Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n';

function chunk(bytes: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

test('what follows the end of a compressed body does not leave the connection hanging', async () => {
  const { app, clock } = await startTestApp();
  const raw = await openRaw(app.port);
  const packed = gzipSync(JSON.stringify({ event: anEvent() }));
  raw.socket.write(
    Buffer.concat([Buffer.from(HEAD), chunk(Buffer.concat([packed, Buffer.alloc(10)]))]),
  );
  const answer = await raw.received(/^HTTP\/1\.1 201[^]*\r\n\r\n/);
  expect(answer).toContain('\r\nConnection: close\r\n');
  raw.socket.write(chunk(Buffer.alloc(1_000_000)));
  await clock.advance(2_000);
  await raw.closed;
});
