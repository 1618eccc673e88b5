import { expect, test } from 'vitest';

import { TaskGroup } from '../../../src/tasks/task-group.ts';
import { watchLoopLag } from '../../../src/tasks/watch-loop-lag.ts';
import { LAG_SAMPLE_INTERVAL_MS, LoopLag } from '../../../src/utils/loop-lag.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('one sample follows the other until the stop', async () => {
  const clock = new FakeClock();
  const tasks = new TaskGroup((fault) => {
    throw fault;
  });
  let samples = 0;
  class Counted extends LoopLag {
    override sample(signal: AbortSignal): Promise<void> {
      samples += 1;
      return super.sample(signal);
    }
  }
  tasks.start(watchLoopLag(new Counted(clock)));
  await clock.advance(10 * LAG_SAMPLE_INTERVAL_MS);
  expect(samples).toBe(11);
  await tasks.stop();
  expect(clock.pendingTimers).toBe(0);
});
