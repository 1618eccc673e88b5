import { expect, test } from 'vitest';

import { GatewayError } from '../../../src/errors.ts';
import { PROBLEM_TYPE, toProblem } from '../../../src/http/problem.ts';

test('a problem has the members of RFC 9457 and those of the original', () => {
  expect(toProblem(new GatewayError('not_found', 'Stream x does not exist'), 'r-1')).toStrictEqual({
    type: 'urn:sluice:problem:not_found',
    title: 'The resource does not exist',
    status: 404,
    detail: 'Stream x does not exist',
    error: 'not_found',
    message: 'Stream x does not exist',
    retryable: false,
    request_id: 'r-1',
  });
});

test('a problem has the media type of RFC 9457', () => {
  expect(PROBLEM_TYPE).toBe('application/problem+json');
});

test('details and faults are there only where there are any, and the cause never is', () => {
  const issues = [{ path: '/a', message: 'is required' }];
  const cause = new Error('secret');
  const error = new GatewayError('bad_request', 'no', { issues, details: 'more', cause });
  const problem = toProblem(error, 'r-1');
  expect(problem).toMatchObject({ errors: issues, details: 'more' });
  expect(JSON.stringify(problem)).not.toContain('secret');
});
