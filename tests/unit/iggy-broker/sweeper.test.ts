import { expect, test } from 'vitest';

import { Sweeper } from '../../../src/iggy-broker/sweeper.ts';
import type { Room } from '../../../src/iggy-broker/storage.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('sweeps slice by slice while there is something, never into an open group, until stopped', async () => {
  const clock = new FakeClock();
  const sweptAtMs: number[] = [];
  let left = 3;
  const core = {
    hasPending: false,
    room: 'enough' as Room,
    sweep() {
      sweptAtMs.push(clock.monotonicMs());
      left -= 1;
      return left > 0;
    },
  };
  const rooms: Room[] = [];
  const sweeper = new Sweeper(core, clock, (room) => rooms.push(room));
  await clock.advance(999);
  expect(sweptAtMs).toEqual([]);
  await clock.advance(21);
  expect(sweptAtMs).toEqual([1000, 1010, 1020]);

  core.hasPending = true;
  await clock.advance(1500);
  expect(sweptAtMs).toHaveLength(3);
  core.hasPending = false;
  await clock.advance(10);
  expect(sweptAtMs).toHaveLength(4);

  expect(rooms).toEqual([]);
  sweeper.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('tells each change of what storage takes once, also one that the next sweep ends', async () => {
  const clock = new FakeClock();
  const rooms: Room[] = [];
  const core = {
    hasPending: false,
    room: 'none' as Room,
    sweep() {
      this.room = 'enough';
      return false;
    },
  };
  const sweeper = new Sweeper(core, clock, (room) => rooms.push(room));
  await clock.advance(3000);
  expect(rooms).toEqual(['none', 'enough']);
  core.room = 'little';
  core.hasPending = true;
  await clock.advance(3000);
  expect(rooms).toEqual(['none', 'enough', 'little']);
  sweeper.stop();
});
