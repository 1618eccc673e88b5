import { expect, test } from 'vitest';

import { TaskGroup } from '../../../src/tasks/task-group.ts';
import { sleep } from '../../../src/utils/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('stopping asks every task to end and waits until each has', async () => {
  const clock = new FakeClock();
  const ended: string[] = [];
  const group = new TaskGroup(() => ended.push('fault'));
  group.start(async (signal) => {
    await sleep(clock, 1000, signal).catch(() => undefined);
    ended.push('polite');
  });
  group.start((signal) => sleep(clock, 1000, signal));
  const stopped = group.stop().then(() => ended.push('stopped'));
  await stopped;
  expect(ended).toEqual(['polite', 'stopped']);
  expect(clock.pendingTimers).toBe(0);
  await group.stop();
});

test('a task that throws has a fault; one that returns is simply done', async () => {
  const faults: unknown[] = [];
  const group = new TaskGroup((fault) => faults.push(fault));
  const bug = new TypeError('bug');
  group.start(async () => {});
  group.start(() => Promise.reject(bug));
  await new FakeClock().settle();
  expect(faults).toEqual([bug]);
  await group.stop();
});
