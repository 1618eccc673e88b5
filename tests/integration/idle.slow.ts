import { expect, test } from 'vitest';

import { sleep, systemClock } from '../../src/utils/clock.ts';
import { newTopic, startGateway } from '../support/start-gateway.ts';

/** Several heartbeats of 5 s, and longer than any deadline of the client but the one for a whole request. */
const IDLE_MS = 40_000;

test(`after ${IDLE_MS / 1000} s without a request the connection is the same one and works`, async () => {
  const gateway = await startGateway();
  const { path } = await newTopic(gateway);
  const connectionOf = async (): Promise<unknown> => {
    const health = (await (await gateway.fetch('/health')).json()) as { connection: unknown };
    return health.connection;
  };
  const before = await connectionOf();

  await sleep(systemClock, IDLE_MS);

  expect(await connectionOf()).toEqual(before);
  expect((await gateway.fetch(`${path}/messages?offset=0`)).status).toBe(200);
});
