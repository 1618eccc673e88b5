import { describe, expect, test } from 'vitest';

import { GatewayError } from '../../../src/errors.ts';
import { timed, TrafficCounter, type Transfer } from '../../../src/services/traffic.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const TRANSFER = { stream: 's', topic: 't', messages: 2, outcome: 'success', ms: 5 } as const;

test('whoever wants finer counts is told of every send and poll', () => {
  const told: [string, Transfer][] = [];
  const traffic = new TrafficCounter({
    sendEnded: (send) => told.push(['send', send]),
    pollEnded: (poll) => told.push(['poll', poll]),
  });
  traffic.sendEnded(TRANSFER);
  traffic.pollEnded({ ...TRANSFER, messages: 0, outcome: 'error' });
  expect(told).toEqual([
    ['send', TRANSFER],
    ['poll', { ...TRANSFER, messages: 0, outcome: 'error' }],
  ]);
});

describe('what is timed', () => {
  const endOf = async (work: () => Promise<string>): Promise<unknown[]> => {
    const clock = new FakeClock();
    const ends: unknown[] = [];
    const timing = timed(
      clock,
      async () => {
        await clock.advance(40);
        return work();
      },
      (end, result) => ends.push(end, result),
    );
    await timing.catch(() => undefined);
    return ends;
  };

  test('is told with its duration and its result', async () => {
    expect(await endOf(async () => 'x')).toEqual([{ outcome: 'success', ms: 40 }, 'x']);
  });

  test.each([
    [new GatewayError('outcome_unknown', 'x'), 'unknown'],
    [new GatewayError('disconnected', 'x'), 'error'],
    [new TypeError('bug'), 'error'],
  ])('and fails with %s is told as %s', async (error, outcome) => {
    const ends = await endOf(async () => {
      throw error;
    });
    expect(ends).toEqual([{ outcome, ms: 40 }, undefined]);
  });

  test('fails as it failed', async () => {
    const failing = timed(
      new FakeClock(),
      () => Promise.reject(new TypeError('bug')),
      () => undefined,
    );
    await expect(failing).rejects.toThrow('bug');
  });
});
