import { createServer } from 'node:http';

import { describe, expect, onTestFinished, test } from 'vitest';

import { ConnectionLimit, SURPLUS_CONNECTIONS_MAX } from '../../../src/http/connection-limit.ts';
import { listen } from '../../../src/http/server.ts';
import { lastBody, openRaw, type RawConnection } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp } from '../../support/start-app.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: t\r\n\r\n`;

async function openMany(port: number, count: number): Promise<RawConnection[]> {
  const opened: RawConnection[] = [];
  for (let n = 0; n < count; n += 1) opened.push(await openRaw(port));
  return opened;
}

describe('a connection too many', () => {
  test('gets a 503 that says so, and is closed', async () => {
    const { app } = await startTestApp({ env: { MAX_CONNECTIONS: '2' } });
    const [first] = await openMany(app.port, 2);
    const [surplus] = await openMany(app.port, 1);
    surplus?.write(get('/streams'));
    const answer = (await surplus?.closed) ?? '';
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(answer).toMatch(/\r\nRetry-After: 1\r\n/);
    expect(lastBody(answer)).toMatchObject({ error: 'overloaded', retryable: true });

    first?.write(get('/streams'));
    expect(await first?.received(/\]$/)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('still gets the answer of a probe, and is closed after it', async () => {
    const { app } = await startTestApp({ env: { MAX_CONNECTIONS: '1' } });
    await openMany(app.port, 1);
    const [probe] = await openMany(app.port, 1);
    probe?.write(get('/health'));
    expect(await probe?.closed).toMatch(/^HTTP\/1\.1 200 [^]*\r\nConnection: close\r\n/i);
  });

  test('is none once another one has gone', async () => {
    const { app, fetch } = await startTestApp({ env: { MAX_CONNECTIONS: '1' } });
    const [first] = await openMany(app.port, 1);
    first?.socket.destroy();
    await until(async () => (await fetch('/streams')).status === 200);
  });
});

test('beyond those that are told so, connections are dropped', async () => {
  const server = createServer((_, answer) => answer.end('ok'));
  new ConnectionLimit(1).watch(server);
  const port = await listen(server, '127.0.0.1', 0);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await openMany(port, 1 + SURPLUS_CONNECTIONS_MAX);
  const dropped = await openRaw(port);
  expect(await dropped.closed).toBe('');
});
