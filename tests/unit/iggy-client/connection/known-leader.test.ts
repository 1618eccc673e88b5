import { expect, test } from 'vitest';

import { KnownLeader } from '../../../../src/iggy-client/connection/known-leader.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const A = { host: '10.0.0.1', port: 8090 };
const B = { host: '10.0.0.2', port: 8090 };
const UNREACHABLE_MS = 10_000;

test('a leader is where it was found last', () => {
  const leader = new KnownLeader(new FakeClock());
  expect(leader.address).toBeUndefined();
  leader.found(A);
  leader.found(B);
  expect(leader.address).toEqual(B);
});

test('a leader that was missed is no leader, and is not followed for a while', async () => {
  const clock = new FakeClock();
  const leader = new KnownLeader(clock);
  leader.found(B);
  expect(leader.isUnreachable(B)).toBe(false);
  leader.missed(B);
  expect(leader.address).toBeUndefined();
  await clock.advance(UNREACHABLE_MS - 1);
  expect(leader.isUnreachable(B)).toBe(true);
  expect(leader.isUnreachable(A)).toBe(false);
  await clock.advance(1);
  expect(leader.isUnreachable(B)).toBe(false);
});

test('one that was missed does not take the place of another that was found meanwhile', () => {
  const leader = new KnownLeader(new FakeClock());
  leader.found(A);
  leader.missed(B);
  expect(leader.address).toEqual(A);
});
