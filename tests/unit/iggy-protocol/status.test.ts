import { expect, test } from 'vitest';

import { STATUS, statusName } from '../../../src/iggy-protocol/status.ts';
import { loadVectors } from '../../support/vectors.ts';

test('knows every code of the released Rust crate under its name, and no other', () => {
  const released = loadVectors<{ code: number; name: string }>('vsr-0.11', 'errors');
  expect(released).toHaveLength(240);
  expect(STATUS).toEqual(Object.fromEntries(released.map(({ name, code }) => [name, code])));
  for (const { name, code } of released) expect(statusName(code)).toBe(name);
});

test('has no name for a code of a later version', () => {
  expect(statusName(0)).toBeUndefined();
  expect(statusName(99_999)).toBeUndefined();
});
