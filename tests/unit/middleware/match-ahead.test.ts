import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { anEvent } from '../../support/events.ts';
import { listeningLog } from '../../support/listening-log.ts';
import { openRaw } from '../../support/raw-http.ts';
import { until } from '../../support/spawn-program.ts';
import { startTestApp } from '../../support/start-app.ts';
import type { GatewayContext, MiddlewareContext } from '../../../src/http/state.ts';
import { matchAhead } from '../../../src/middleware/match-ahead.ts';

const BUSY = ['/messages', '/streams/sample-stream/topics/events/messages'];
const BUSY_ODDLY = [
  ...BUSY,
  '/streams/sample-stream/topics/nope/messages',
  '/streams/a..b/topics/events/messages',
  '/streams/sample%2Dstream/topics/events/messages',
];
const ENDINGS = [
  '/',
  '//',
  '?count=0',
  '?auto_commit=true',
  '/batch/',
  '/batch?x',
  '%20',
  '/bat%63h',
];
const WORDS = ['streams', 'topics', 'messages', 'batch', 'sample-stream', 'events', 'MESSAGES', ''];
const ODD_WORDS = ['%6dessages', 'a%2Fb', '%', '%zz', '..'];

const target = fc.oneof(
  fc.constantFrom(...BUSY, ...BUSY.map((path) => `${path}/batch`)),
  fc
    .array(fc.constantFrom(...WORDS, ...ODD_WORDS), { maxLength: 6 })
    .map((words) => `/${words.join('/')}`),
);
const method = fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH');
const body = fc.constantFrom(
  { event: anEvent() },
  { events: [anEvent(), anEvent()] },
  { event: anEvent({ id: 'x' }) },
  { events: [] },
);

/** A gateway whose answers, and what its log says of them, are told as they are. */
async function openGateway(hotPath: boolean) {
  const { log, lines } = listeningLog();
  const { app } = await startTestApp({ hotPath, log, env: { RATE_LIMIT_RPS: '1000000' } });
  return async (verb: string, path: string, sent: unknown) => {
    const raw = await openRaw(app.port);
    const text = JSON.stringify(sent);
    lines.length = 0;
    raw.write(
      `${verb} ${path} HTTP/1.1\r\nHost: t\r\nConnection: close\r\nX-Request-Id: r\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
    const answer = await raw.closed;
    const told = () => lines.find(({ message }) => message === 'request');
    await until(() => told() !== undefined);
    return {
      answer: answer.replace(/\r\nDate: [^\r]+/, ''),
      told: { ...told(), ms: 0, client: '' },
    };
  };
}

test('whether a route is matched ahead or by the router, nobody sees a difference', async () => {
  const ahead = await openGateway(true);
  const routed = await openGateway(false);
  const exactly = ['GET', 'POST', 'HEAD'].flatMap((verb) =>
    BUSY_ODDLY.flatMap((path) => ['', '/batch', ...ENDINGS].map((ending) => [verb, path + ending])),
  );
  for (const [verb = '', path = ''] of exactly) {
    const sent = path.includes('/batch') ? { events: [anEvent()] } : { event: anEvent() };
    expect(await ahead(verb, path, sent)).toEqual(await routed(verb, path, sent));
  }
  await fc.assert(
    fc.asyncProperty(method, target, body, async (...request) => {
      expect(await ahead(...request)).toEqual(await routed(...request));
    }),
    { numRuns: 150 },
  );
});

test('what fits passes the layers of its route in turn, and nothing behind; the rest goes on', async () => {
  const passed: unknown[] = [];
  const layer =
    (name: string) =>
    async ({ params }: GatewayContext, next: () => Promise<unknown>): Promise<void> => {
      passed.push([name, { ...params }]);
      await next();
    };
  const match = matchAhead([
    { method: 'post', path: '/a/:b', layers: [layer('post')] },
    { method: 'get', path: '/a/:b', layers: [layer('gate'), layer('handler')] },
  ]);
  const ask = (verb: string, path: string): unknown =>
    match({ method: verb, path } as MiddlewareContext, async () => passed.push('router'));
  await ask('GET', '/a/x-1');
  await ask('GET', '/a/x%31');
  await ask('PUT', '/a/x');
  const params = { b: 'x-1' };
  expect(passed).toEqual([['gate', params], ['handler', params], 'router', 'router']);
});
