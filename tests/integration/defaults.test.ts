import { randomUUID } from 'node:crypto';

import { expect, test } from 'vitest';

import { startApp } from '../../src/app.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { until } from '../support/spawn-gateway.ts';
import { testConfig } from '../support/start-app.ts';
import { startGateway } from '../support/start-gateway.ts';

test('replicas that start together make the default stream once, and all become ready', async () => {
  const { connectionString, fetch: ask } = await startGateway();
  const stream = `shared-${randomUUID()}`;
  const replicas = await Promise.all(
    Array.from({ length: 4 }, () =>
      startApp({
        config: testConfig({ IGGY_CONNECTION_STRING: connectionString, IGGY_STREAM: stream }),
        clock: systemClock,
        log: silentLogger,
        version: '0.0.0-test',
      }),
    ),
  );
  try {
    for (const { port } of replicas) {
      await until(async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok);
    }
    const topics = await (await ask(`/streams/${stream}/topics`)).json();
    expect(topics).toMatchObject([{ name: 'events', partitions_count: 3 }]);
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()));
  }
});
