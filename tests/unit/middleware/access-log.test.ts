import { expect, test } from 'vitest';

import { type LogFields, silentLogger } from '../../../src/telemetry/logger.ts';
import { startTestApp } from '../../support/start-app.ts';

test('each request is one line, with the pattern of its route instead of its path', async () => {
  const lines: LogFields[] = [];
  const log = {
    ...silentLogger,
    info: (message: string, fields: LogFields = {}) => lines.push({ message, ...fields }),
  };
  const { fetch } = await startTestApp({
    log: { ...log, info: (...line) => void log.info(...line) },
  });
  await fetch('/streams/orders', { headers: { 'x-request-id': 'r-1' } });
  await fetch('/nowhere', { headers: { 'x-request-id': 'r-2' } });

  expect(lines).toEqual([
    {
      message: 'request',
      method: 'GET',
      route: '/streams/:stream',
      status: 404,
      ms: 0,
      bytes: expect.any(Number),
      request_id: 'r-1',
      client: '127.0.0.1',
    },
    expect.objectContaining({ route: undefined, status: 404, request_id: 'r-2' }),
  ]);
  expect(lines[0]?.['bytes']).toBeGreaterThan(100);
});
