import { describe, expect, test } from 'vitest';

import { IggyError } from '../../../src/iggy-client/errors.ts';
import { healthService } from '../../../src/services/health.ts';
import { Lifecycle } from '../../../src/services/lifecycle.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeIggy } from '../../support/fake-iggy.ts';
import { problemOf } from '../../support/problems.ts';

const signal = new AbortController().signal;

function setUp() {
  const client = new FakeIggy();
  const lifecycle = new Lifecycle();
  const service = healthService({ client, lifecycle, clock: new FakeClock(), version: '1.2.3' });
  return { client, lifecycle, service };
}

describe('readiness', () => {
  test('needs a connection, and a start that is over', () => {
    const { client, lifecycle, service } = setUp();
    expect(problemOf(() => service.checkReady()).code).toBe('connection_failed');
    lifecycle.run();
    expect(() => service.checkReady()).not.toThrow();
    client.connection = { ...client.connection, state: 'waiting', lastFailure: 'refused' };
    expect(problemOf(() => service.checkReady())).toMatchObject({
      code: 'disconnected',
      message: 'The broker cannot be reached: refused',
    });
  });

  test('tells an outage from a broker that does not want us', () => {
    const { client, lifecycle, service } = setUp();
    lifecycle.run();
    const refused = { lastFailure: 'wrong password', permanentFailure: true };
    client.connection = { ...client.connection, state: 'waiting', ...refused };
    expect(problemOf(() => service.checkReady()).code).toBe('connection_failed');
  });

  test('ends with the beginning of the stop, and does not come back', () => {
    const { lifecycle, service } = setUp();
    lifecycle.drain();
    lifecycle.run();
    expect(problemOf(() => service.checkReady()).code).toBe('draining');
  });
});

describe('a broker that gives no sign of life', () => {
  test('is not reachable, until it does, or until there is another connection', async () => {
    const { client, service } = setUp();
    const silence = new IggyError('timeout', 'silent');
    client.failures.set('ping', silence);
    expect(await service.check(signal)).toEqual({ kind: 'silent', cause: silence });
    expect(service.health().reachable).toBe(false);

    client.failures.clear();
    expect(await service.check(signal)).toEqual({ kind: 'alive' });
    expect(service.health().reachable).toBe(true);

    client.failures.set('ping', silence);
    await service.check(signal);
    client.connection = { ...client.connection, sinceMicros: client.connection.sinceMicros + 1n };
    expect(service.health().reachable).toBe(true);
  });

  test('is not asked while there is no connection', async () => {
    const { client, service } = setUp();
    client.connection = { ...client.connection, state: 'connecting' };
    expect(await service.check(signal)).toEqual({ kind: 'no-connection' });
    expect(client.calls).toEqual([]);
  });

  test('is told from a fault of our own', async () => {
    const { client, service } = setUp();
    client.failures.set('ping', new TypeError('bug'));
    await expect(service.check(signal)).rejects.toThrow('bug');
  });
});

test('health tells version, time and connection', () => {
  const { client, service } = setUp();
  client.connection = { ...client.connection, state: 'waiting', attempts: 3, lastFailure: 'no' };
  expect(service.health()).toMatchObject({
    reachable: false,
    version: '1.2.3',
    nowMicros: 1_795_000_000_000_000n,
    connection: { state: 'waiting', attempts: 3, serverVersion: '0.9.0', reason: 'no' },
  });
});
