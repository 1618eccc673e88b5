import { describe, expect, test } from 'vitest';

import {
  FLUSH_INTERVAL_MS,
  GATHERED_CHARACTERS,
  LogDestination,
  type LogOutput,
  WAITING_CHARACTERS_MAX,
} from '../../../src/telemetry/log-destination.ts';
import { FakeClock } from '../../support/fake-clock.ts';

type Done = Parameters<LogOutput['write']>[1];

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** An output whose writes end when the test says so. */
class HeldOutput implements LogOutput {
  text = '';
  /** Thrown by the next writes that wait. */
  readonly syncFailures: Error[] = [];
  readonly pending: { bytes: Uint8Array; done: Done }[] = [];

  write(bytes: Uint8Array, done: Done): void {
    this.pending.push({ bytes, done });
  }

  writeSync(bytes: Uint8Array): number {
    const error = this.syncFailures.shift();
    if (error) throw error;
    // Never all of it, if it is more than a little.
    const taken = Math.min(bytes.length, 1000);
    this.text += Buffer.from(bytes.subarray(0, taken)).toString();
    return taken;
  }

  /** Ends the write that is under way. */
  settle(taken = Infinity): void {
    const { bytes, done } = this.pending.shift() ?? { bytes: Buffer.of(), done: () => undefined };
    const count = Math.min(taken, bytes.length);
    this.text += Buffer.from(bytes.subarray(0, count)).toString();
    done(null, count);
  }
}

function setUp() {
  const output = new HeldOutput();
  const clock = new FakeClock();
  return { output, clock, destination: new LogDestination(output, clock) };
}

const LONG = `${'x'.repeat(GATHERED_CHARACTERS)}\n`;

test('a few lines are written together, within the interval, and then nothing waits', async () => {
  const { output, clock, destination } = setUp();
  destination.write('a\n');
  await clock.advance(FLUSH_INTERVAL_MS - 1);
  destination.write('b\n');
  expect(output.pending).toHaveLength(0);
  await clock.advance(1);
  output.settle();
  expect(output.text).toBe('a\nb\n');
  expect(clock.pendingTimers).toBe(0);
});

test('many are written at once, one write after the other, in order', () => {
  const { output, destination } = setUp();
  destination.write(LONG);
  destination.write(`1${LONG}`);
  destination.write('2\n');
  expect(output.pending).toHaveLength(1);
  output.settle(10);
  output.settle();
  output.settle();
  expect(output.text).toBe(`${LONG}1${LONG}2\n`);
  expect(output.pending).toHaveLength(0);
});

test('a flush writes all that is left before it returns', () => {
  const { output, destination } = setUp();
  for (let n = 0; n < 300; n += 1) destination.write(`line ${n}\n`);
  destination.flushSync();
  expect(output.text.split('\n')).toHaveLength(301);
});

test('a reader who does not keep up costs bounded memory, and later gets lines again', () => {
  const { output, destination } = setUp();
  destination.write(LONG);
  const lines = Math.ceil(WAITING_CHARACTERS_MAX / LONG.length) + 100;
  for (let n = 0; n < lines; n += 1) destination.write(LONG);
  output.settle();
  expect(output.pending[0]?.bytes.length).toBeLessThanOrEqual(WAITING_CHARACTERS_MAX);
  expect(output.pending[0]?.bytes.length).toBeGreaterThan(WAITING_CHARACTERS_MAX - LONG.length);
  output.settle();
  destination.write('still here\n');
  destination.flushSync();
  expect(output.text).toMatch(/still here\n$/);
});

describe('a pipe that is full', () => {
  test('is tried again in a while', async () => {
    const { output, clock, destination } = setUp();
    destination.write(LONG);
    output.pending.shift()?.done(failure('EAGAIN'), 0);
    await clock.advance(1000);
    output.settle();
    expect(output.text).toBe(LONG);
  });

  test('is tried again by a flush, but not for ever', () => {
    const { output, destination } = setUp();
    destination.write('a\n');
    output.syncFailures.push(failure('EAGAIN'), failure('EAGAIN'));
    destination.flushSync();
    expect(output.text).toBe('a\n');

    destination.write('b\n');
    output.syncFailures.push(...Array.from({ length: 1000 }, () => failure('EAGAIN')));
    destination.flushSync();
    expect(output.text).toBe('a\n');
  });
});

describe('a pipe that nobody reads any more', () => {
  test('is given up by a write', async () => {
    const { output, clock, destination } = setUp();
    destination.write(LONG);
    destination.write(LONG);
    output.pending.shift()?.done(failure('EPIPE'), 0);
    destination.write(LONG);
    destination.flushSync();
    await clock.advance(FLUSH_INTERVAL_MS);
    expect([output.text, output.pending.length]).toEqual(['', 0]);
  });

  test('is given up by a flush', () => {
    const { output, destination } = setUp();
    destination.write('a\n');
    output.syncFailures.push(failure('EPIPE'));
    destination.flushSync();
    destination.write('b\n');
    destination.flushSync();
    expect(output.text).toBe('');
  });
});
