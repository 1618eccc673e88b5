import { describe, expect, test } from 'vitest';

import { FakeIggy } from '../../support/fake-iggy.ts';
import { until } from '../../support/spawn-gateway.ts';
import { startTestApp } from '../../support/start-app.ts';

/** A broker that never answers: each call ends when its caller's patience does. */
class SilentIggy extends FakeIggy {
  override async listStreams({ signal }: { signal: AbortSignal }): Promise<never> {
    this.signals.push(signal);
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }
}

describe('the deadline in force', () => {
  const effective = async (timeout: string | undefined): Promise<string | null> => {
    const { fetch } = await startTestApp({ env: { OPERATION_TIMEOUT_SECS: '20' } });
    const headers = timeout === undefined ? {} : { 'x-request-timeout': timeout };
    return (await fetch('/stats', { headers })).headers.get('x-effective-timeout');
  };

  test.each([
    [undefined, '20000'],
    ['100', '100'],
    ['5000', '5000'],
    ['20000', '20000'],
    ['20001', '20000'],
    ['300000', '20000'],
  ])('with %s is %s ms: shorter, never longer', async (timeout, expected) => {
    expect(await effective(timeout)).toBe(expected);
  });

  test.each(['99', '300001', '0', '-5', '1e3', 'soon', '1000000000000', '5000.0'])(
    'is our own where %s makes no sense, and the answer says so',
    async (timeout) => expect(await effective(timeout)).toBe('20000'),
  );
});

test('at the deadline the broker is not waited for any longer', async () => {
  const client = new SilentIggy();
  const { fetch, clock } = await startTestApp({ client });
  const answer = fetch('/streams', { headers: { 'x-request-timeout': '250' } });
  await until(() => client.signals.length > 0);
  await clock.advance(249);
  expect(client.signals[0]?.aborted).toBe(false);
  await clock.advance(1);
  expect(client.signals[0]?.aborted).toBe(true);
  await answer;
});

test.each([
  [undefined, 'DeadlinePassed'],
  ['20000', 'DeadlinePassed'],
  ['300000', 'DeadlinePassed'],
  ['19999', 'Error'],
])('with %s the broker is told whose time has passed: %s', async (timeout, name) => {
  const client = new SilentIggy();
  const env = { OPERATION_TIMEOUT_SECS: '20' };
  const { fetch, clock } = await startTestApp({ client, env });
  const headers = timeout === undefined ? {} : { 'x-request-timeout': timeout };
  const answer = fetch('/streams', { headers });
  await until(() => client.signals.length > 0);
  await clock.advance(20_000);
  expect(client.signals[0]?.reason).toMatchObject({ name });
  await answer;
});

test('when the client goes away nobody is waited for', async () => {
  const client = new SilentIggy();
  const { fetch, clock } = await startTestApp({ client });
  const timers = clock.pendingTimers;
  const controller = new AbortController();
  const answer = fetch('/streams', { signal: controller.signal }).catch(() => undefined);
  await until(() => client.signals.length > 0);
  controller.abort();
  await until(() => client.signals[0]?.aborted === true);
  await answer;
  await until(() => clock.pendingTimers === timers);
});

test('a request that is answered leaves no timer behind', async () => {
  const { fetch, clock } = await startTestApp();
  const timers = clock.pendingTimers;
  await (await fetch('/streams')).json();
  expect(clock.pendingTimers).toBe(timers);
});

test('the probes have no deadline, and no header can make them fail', async () => {
  const { fetch } = await startTestApp();
  const response = await fetch('/health', { headers: { 'x-request-timeout': 'soon' } });
  expect(response.status).toBe(200);
  expect(response.headers.has('x-effective-timeout')).toBe(false);
});
