import { expect, test } from 'vitest';

import { openRaw } from '../../support/raw-http.ts';
import { startTestApp } from '../../support/start-app.ts';

// What it does with refused bodies is told in http/body.test.ts, through the same front door.

test('an ordinary answer is not delayed and keeps its connection', async () => {
  const { app, clock } = await startTestApp();
  const timers = clock.pendingTimers;
  const raw = await openRaw(app.port);
  raw.write(
    'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
      'Content-Length: 15\r\n\r\n{"name":"abcd"}',
  );
  expect(await raw.received(/\}$/)).toMatch(/\r\nConnection: keep-alive\r\n/);
  expect(clock.pendingTimers).toBe(timers);
});
