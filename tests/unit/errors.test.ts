import { expect, test } from 'vitest';

import { GatewayError, PROBLEMS } from '../../src/errors.ts';

test('a code is spelled as the original spells its codes, and has an error status', () => {
  for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(title, code).not.toBe('');
  }
});

test('what may be repeated without harm is what was too early, too much or too late, never a write in doubt', () => {
  const retryable = Object.entries(PROBLEMS).filter(([, problem]) => problem.retryable);
  expect(new Set(retryable.map(([, { status }]) => status))).toEqual(new Set([408, 429, 503, 504]));
  expect(PROBLEMS.outcome_unknown.retryable).toBe(false);
});

test('an error keeps its cause for the log', () => {
  const cause = new Error('underneath');
  expect(new GatewayError('send_error', 'no', { cause })).toMatchObject({
    code: 'send_error',
    cause,
  });
});
