import { expect, test } from 'vitest';

import {
  type Outcome,
  stillInDoubt,
  unfinished,
} from '../../../../src/iggy-client/connection/outcome.ts';

const cause = new Error('cut');
const refused: Outcome = { kind: 'refused', code: 1012 };
const answered: Outcome = { kind: 'answered', payload: Buffer.alloc(0) };

test('what is unfinished has not happened, or nobody knows', async () => {
  expect(unfinished(cause, false)).toEqual({ kind: 'not-executed', cause });
  const outcome = unfinished(cause, true);
  expect(outcome).toMatchObject({ kind: 'in-doubt', cause });
  // Nothing is in flight any more.
  await (outcome.kind === 'in-doubt' ? outcome.released : undefined);
});

test('after a 57 only an execution settles the matter', () => {
  expect(stillInDoubt(answered, 0)).toBe(answered);
  expect(stillInDoubt(refused, 0)).toBe(refused);
  expect(stillInDoubt({ kind: 'refused', code: 41 }, 41)).toMatchObject({ kind: 'in-doubt' });
  expect(stillInDoubt(unfinished(cause, false), 40)).toMatchObject({ kind: 'in-doubt' });
});
