import { expect, test } from 'vitest';

import { evictionLoss, isNotExecuted } from '../../../../src/iggy-client/connection/loss.ts';
import { EvictionReason } from '../../../../src/iggy-protocol/index.ts';

const reasons = Object.values(EvictionReason);

test('a client id is given up for reason 12 alone', () => {
  expect(reasons.filter((reason) => evictionLoss({ reason }).identitySpent)).toEqual([12]);
});

test('waiting does not mend credentials, versions and logins nobody can read', () => {
  expect(reasons.filter((reason) => evictionLoss({ reason }).permanent)).toEqual([
    2, 3, 9, 10, 11, 14, 15,
  ]);
});

test('a request was certainly not executed for reasons 1, 4 and 7', () => {
  expect(reasons.filter((reason) => isNotExecuted({ reason }))).toEqual([1, 4, 7]);
});

test('every reason is told in words, an unknown one by its number', () => {
  for (const reason of reasons) {
    expect(evictionLoss({ reason }).error.message).not.toMatch(/reason \d/);
  }
  expect(evictionLoss({ reason: 99 }).error.message).toContain('reason 99');
});
