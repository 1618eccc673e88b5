import { expect, onTestFinished, test } from 'vitest';

import { startApp } from '../../src/app.ts';
import { linkBroker } from '../../src/broker-link.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import { ROOT } from '../support/broker-client.ts';
import { checkedFetch } from '../support/check-answer.ts';
import { anEvent } from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type FaultyLink, startFaultyLink } from '../support/faulty-link.ts';
import { until } from '../support/spawn-gateway.ts';
import { startTestBroker } from '../support/start-broker.ts';
import { testConfig } from '../support/start-app.ts';

/** A gateway whose embedded broker dies when the test says so, over a link that can swallow everything. */
async function startMortal() {
  const clock = new FakeClock();
  const { port } = await startTestBroker();
  const link = await startFaultyLink(port);
  const { promise: died, resolve: die } = Promise.withResolvers<Error>();
  const app = await startApp({
    config: testConfig({
      CONNECTION_POOL_SIZE: '1',
      EMBEDDED_BROKER_USERNAME: ROOT.username,
      EMBEDDED_BROKER_PASSWORD: ROOT.password,
    }),
    clock,
    log: silentLogger,
    version: '0.0.0-test',
    link: (options) =>
      linkBroker({
        ...options,
        startBroker: async () => ({ port: link.port, died, stop: async () => {} }),
      }),
  });
  onTestFinished(async () => {
    const stopped = app.stop();
    await clock.advance(60_000);
    await stopped;
  });
  const url = `http://127.0.0.1:${app.port}`;
  await until(async () => (await fetch(`${url}/ready`)).ok);
  const send = (): Promise<Response> =>
    checkedFetch(`${url}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ event: anEvent() }),
    });
  return { app, clock, link, send, die };
}

function breakConnections(link: FaultyLink): void {
  link.refuse();
  link.faults.reset();
}

test.each([
  ['breaks its connections', breakConnections],
  ['leaves them silent', (): void => {}],
])(
  'when the embedded broker dies and %s, whoever waits is answered at once, by the truth',
  async (_, breakLink) => {
    const { app, clock, link, send, die } = await startMortal();
    expect((await send()).status).toBe(201);
    link.faults.stall('to-client');
    const carried = link.faults.carried['to-broker'];
    const written = send();
    await until(() => link.faults.carried['to-broker'] > carried);
    const timers = clock.pendingTimers;
    const waiting = send();
    await until(() => clock.pendingTimers > timers);

    breakLink(link);
    await clock.settle();
    die(new Error('database or disk is full'));
    await clock.advance(0);
    expect(await (await written).json()).toMatchObject({ error: 'outcome_unknown', status: 504 });
    expect((await waiting).status).toBe(503);
    expect((await send()).status).toBe(503);
    expect(await app.failed).toMatchObject({ exitCode: 70, message: 'the embedded broker died' });
  },
);
