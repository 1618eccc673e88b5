import { PROBLEMS } from '../src/errors.ts';
import type { RawAnswer } from './raw-client.ts';

const REQUEST_ID = /^[A-Za-z0-9._:/+=-]{1,128}$/;
const STATUS_OF: ReadonlyMap<string, number> = new Map(
  Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]),
);

/** What every answer must be, whatever was asked: a success, or a problem that is not our own bug. */
export function checkAnswer({ status, headers, body }: RawAnswer): void {
  must(REQUEST_ID.test(headers.get('x-request-id') ?? ''), `${status} has no request id`);
  must(status !== 500, `500: ${body.toString()}`);
  if (status < 300) {
    if (body.length > 0) JSON.parse(body.toString());
    return;
  }
  must(status >= 400, `${status} is not documented`);
  const type = headers.get('content-type') ?? '';
  must(type === 'application/problem+json', `${status} has the type ${type}`);
  // An answer to HEAD shows no body.
  if (body.length > 0) checkProblem(JSON.parse(body.toString()), status, headers);
}

function checkProblem(problem: unknown, status: number, headers: RawAnswer['headers']): void {
  must(typeof problem === 'object' && problem !== null, 'the problem is no object');
  const members = new Map<string, unknown>(Object.entries(problem));
  const error = String(members.get('error'));
  must(STATUS_OF.get(error) === status, `${error} is no problem with status ${status}`);
  must(members.get('status') === status, 'the problem has another status than the answer');
  must(members.get('type') === `urn:sluice:problem:${error}`, 'the type is not that of the error');
  must(members.get('request_id') === headers.get('x-request-id'), 'the request id differs');
  for (const name of ['title', 'detail', 'message']) {
    must(typeof members.get(name) === 'string', `${name} is no text`);
  }
}

/** Throws what is wrong if the property does not hold. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}
