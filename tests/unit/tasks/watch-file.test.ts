import { expect, test } from 'vitest';

import { TaskGroup } from '../../../src/tasks/task-group.ts';
import { watchFile } from '../../../src/tasks/watch-file.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('each change is told once, at the next look, until the stop', async () => {
  const clock = new FakeClock();
  let now = 'a';
  let changes = 0;
  const tasks = new TaskGroup((fault) => {
    throw fault;
  });
  const onChange = (): void => void (changes += 1);
  tasks.start(watchFile({ clock, intervalMs: 1000, fingerprint: () => now, seen: 'a', onChange }));

  await clock.advance(5000);
  expect(changes).toBe(0);
  now = 'b';
  await clock.advance(999);
  expect(changes).toBe(0);
  await clock.advance(1);
  expect(changes).toBe(1);
  await clock.advance(5000);
  expect(changes).toBe(1);
  now = 'a';
  await clock.advance(1000);
  expect(changes).toBe(2);

  await tasks.stop();
  expect(clock.pendingTimers).toBe(0);
});
