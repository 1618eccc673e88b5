import { expect, test } from 'vitest';

import { DiskRoom } from '../../../src/iggy-broker/disk-room.ts';

test.each([
  ['larger than twice the reserve', 1000],
  ['smaller than that', 100],
])('a disk %s is believed again at the latest when it is empty', (_, totalBytes) => {
  let freeBytes = totalBytes;
  const room = new DiskRoom(() => ({ freeBytes, totalBytes }), 64);
  const leftAt = (bytes: number) => {
    freeBytes = bytes;
    room.ask();
    return room.left;
  };
  expect(leftAt(64)).toBe('enough');
  expect(leftAt(63)).toBe('little');
  expect(leftAt(64)).toBe('little');
  expect(leftAt(totalBytes)).toBe('enough');
});
