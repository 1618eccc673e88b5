import { expect, test } from 'vitest';

import { openRaw } from '../../support/raw-http.ts';
import { startTestApp } from '../../support/start-app.ts';

const GET_HEALTH = 'GET /health HTTP/1.1\r\nHost: t\r\n\r\n';

test('an answer keeps its connection until the stop begins, and then closes it', async () => {
  const { app, clock } = await startTestApp({ env: { SHUTDOWN_DELAY_MS: '1000' } });
  const raw = await openRaw(app.port);
  raw.write(GET_HEALTH);
  expect(await raw.received(/\}\}$/)).toMatch(/\r\nConnection: keep-alive\r\n/);

  const stopped = app.stop();
  raw.write(GET_HEALTH);
  expect(await raw.closed).toMatch(/\r\nConnection: close\r\n/);
  await clock.advance(1000);
  await stopped;
});
