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

  test('waits for the circuit, until single requests are let through', () => {
    const { client, lifecycle, service } = setUp();
    lifecycle.run();
    client.connection = { ...client.connection, circuit: 'open' };
    expect(problemOf(() => service.checkReady()).code).toBe('circuit_open');
    client.connection = { ...client.connection, circuit: 'half-open' };
    expect(() => service.checkReady()).not.toThrow();
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
    expect(service.health()).toMatchObject({
      reachable: false,
      connection: { state: 'ready', reason: 'it gave no sign of life when it was last asked' },
    });
    expect(problemOf(() => service.checkReady())).toMatchObject({
      code: 'disconnected',
      message: 'The broker cannot be reached: it gave no sign of life when it was last asked',
    });

    client.failures.clear();
    expect(await service.check(signal)).toEqual({ kind: 'alive' });
    expect(service.health()).toMatchObject({ reachable: true, connection: { reason: undefined } });

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

  test('is not asked while the circuit is open, and not called silent for that', async () => {
    const { client, service } = setUp();
    client.connection = { ...client.connection, circuit: 'open' };
    expect(await service.check(signal)).toEqual({ kind: 'circuit-open' });
    expect(client.calls).toEqual([]);
    client.connection = { ...client.connection, circuit: 'half-open' };
    client.failures.set('ping', new IggyError('circuit-open', 'x'));
    expect(await service.check(signal)).toEqual({ kind: 'circuit-open' });
    expect(service.health().reachable).toBe(true);
  });

  test('is told from a fault of our own', async () => {
    const { client, service } = setUp();
    client.failures.set('ping', new TypeError('bug'));
    await expect(service.check(signal)).rejects.toThrow('bug');
  });
});

test('health says why, too, where the broker is there and the circuit open', () => {
  const { client, service } = setUp();
  client.connection = { ...client.connection, circuit: 'open' };
  expect(service.health()).toMatchObject({
    reachable: true,
    connection: { reason: expect.stringContaining('spared for a while') },
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
