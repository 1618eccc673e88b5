import { describe, expect, test } from 'vitest';

import type { Logger } from '../../../src/telemetry/logger.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { eventText } from '../../support/events.ts';
import { startTestApp } from '../../support/start-app.ts';

/** Keeps what is said at each level. */
function listeningLog(): { log: Logger; said: { level: string; fields: unknown }[] } {
  const said: { level: string; fields: unknown }[] = [];
  const at =
    (level: string) =>
    (_: string, fields: unknown): void => {
      said.push({ level, fields });
    };
  return { log: { ...silentLogger, warn: at('warn'), error: at('error') }, said };
}

describe('a fault of our own', () => {
  const bug = new TypeError('undefined is not a function, and the password is hush');

  test('tells its client the request id and nothing else, and the log everything', async () => {
    const { log, said } = listeningLog();
    const { client, fetch } = await startTestApp({ log });
    client.failures.set('listStreams', bug);
    const response = await fetch('/streams', { headers: { 'x-request-id': 'r-1' } });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text)).toMatchObject({ error: 'internal_error', request_id: 'r-1' });
    expect(text).not.toContain('hush');
    expect(said).toEqual([{ level: 'error', fields: { err: bug, request_id: 'r-1' } }]);
  });

  test.each([
    ['send', '/messages', 'POST', `{"event":${eventText('1')}}`],
    ['createStream', '/streams', 'POST', '{"name":"a"}'],
    ['deleteStream', '/streams/a', 'DELETE', undefined],
    ['poll', '/messages?auto_commit=true', 'GET', undefined],
  ] as const)('in the middle of %s promises nothing', async (call, path, method, body) => {
    const { client, fetch } = await startTestApp();
    client.failures.set(call, bug);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(path, { method, headers, ...(body !== undefined && { body }) });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: 'outcome_unknown', retryable: false });
  });

  test('in a poll that changes nothing is simply our fault', async () => {
    const { client, fetch } = await startTestApp();
    client.failures.set('poll', bug);
    expect((await fetch('/messages')).status).toBe(500);
  });
});

test('a 503 says when to come back', async () => {
  const { client, fetch } = await startTestApp();
  client.connection = { ...client.connection, state: 'waiting' };
  const response = await fetch('/ready');
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('1');
  expect(response.headers.get('content-type')).toBe('application/problem+json');
});
