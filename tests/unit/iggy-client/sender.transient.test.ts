import { expect, test } from 'vitest';

import { STATUS } from '../../../src/iggy-protocol/index.ts';
import { openClient, sendRequest } from './open-client.ts';
import { sends } from './serve-topic.ts';

const RESEND_DELAY_MS = 50;
const RESEND_BUDGET_MS = 30_000;
const patience = { signal: new AbortController().signal };

/** A broker that takes nothing from anybody, and no circuit that would spare it. */
async function openIdleBroker() {
  const breaker = { failureThreshold: 1_000, successThreshold: 1, openDurationMs: 1 };
  const opened = await openClient({ breaker });
  opened.broker.onRequest = (request) => request.deny(STATUS.TransientNotAccepted);
  return opened;
}

test('callers that leave one after the other cost the broker no more frames', async () => {
  const { client, broker, clock } = await openIdleBroker();
  const [callersCount, everyMs] = [1_000, 10];
  for (let count = 0; count < callersCount; count += 1) {
    const caller = new AbortController();
    clock.after(500, () => caller.abort());
    client.send(sendRequest(), caller).catch(() => {});
    await clock.advance(everyMs);
  }
  expect(sends(broker).length).toBeLessThanOrEqual((callersCount * everyMs) / RESEND_DELAY_MS + 1);
  await clock.advance(500);
  await client.stop();
});

test('what was taken from nobody for so long is refused to all, not tried one by one as long again', async () => {
  const { client, clock } = await openIdleBroker();
  const first = client.send(sendRequest(), patience);
  await clock.settle();
  const shared = [1, 2, 3, 4].map(() => client.send(sendRequest(), patience));
  const settled = Promise.allSettled([first, ...shared]);
  let isOver = false;
  void settled.then(() => (isOver = true));
  await clock.advance(2 * RESEND_BUDGET_MS + RESEND_DELAY_MS);
  expect(isOver).toBe(true);
  const refusal = { reason: { kind: 'refused', code: STATUS.TransientNotAccepted } };
  expect(await settled).toMatchObject([0, 1, 2, 3, 4].map(() => refusal));
  await client.stop();
});
