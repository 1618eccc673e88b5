import { expect, test } from 'vitest';

import { deduplicatesSends } from '../../../src/iggy-client/dialect.ts';

test.each([
  ['0.9.0', true],
  ['0.9.1', true],
  ['0.10.0', true],
  ['1.0.0', true],
  ['10.0.0', true],
  ['0.9.1-edge.1', true],
  ['0.9.0-edge.5', false],
  ['0.9.0-rc.1', false],
  ['0.8.0', false],
  ['0.8.9-edge.1', false],
  ['', false],
  ['v0.9.0', false],
  ['nightly', false],
])('a broker that calls itself %j tells a copy from a new send: %s', (version, expected) => {
  expect(deduplicatesSends(version)).toBe(expected);
});
