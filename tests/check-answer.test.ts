import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { checkedFetch, faultsOf } from './support/check-answer.ts';
import { lastBody } from './support/raw-http.ts';

const STREAM = {
  id: 1,
  name: 's',
  created_at: '2026-11-21T02:22:49.123456Z',
  topics_count: 0,
  size_bytes: 0,
  messages_count: 0,
};
const PROBLEM = {
  type: 'urn:sluice:problem:not_found',
  title: 'The resource does not exist',
  status: 404,
  detail: 'x',
  error: 'not_found',
  message: 'x',
  retryable: false,
  request_id: 'r',
};
const EVENT = {
  id: '0199a1c2-0000-7000-8000-000000000001',
  event_type: 'x',
  timestamp: '2026-11-21T02:22:49Z',
  payload: { type: 'Generic', data: null },
};
const MESSAGE = { offset: 0, timestamp: STREAM.created_at, id: '1', event: EVENT, size: 1 };
const PAGE = { messages: [MESSAGE], count: 1, partition_id: 0, current_offset: 2 ** 60 };
const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

interface Answer {
  method?: string;
  path?: string;
  status?: number;
  type?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** What the checker has against an answer that would be right but for what the test makes of it. */
function faults({ method = 'GET', path = '/streams/s', ...answer }: Answer): string[] {
  const { status = 200, type = JSON_TYPE, body = STREAM } = answer;
  const headers = new Headers({ 'x-request-id': 'r', ...answer.headers });
  if (body !== undefined && type !== '') headers.set('content-type', type);
  const bytes = Buffer.from(body === null ? '' : JSON.stringify(body));
  return faultsOf(method, path, { status, headers }, bytes);
}

describe('an answer that the document describes', () => {
  test.each<[string, Answer]>([
    ['as it is', {}],
    ['with its charset', { type: 'application/json; charset=utf-8' }],
    ['as a problem of its route', { status: 404, type: PROBLEM_TYPE, body: PROBLEM }],
    ['without a body', { method: 'DELETE', status: 204, type: '', body: null }],
    ['to HEAD', { method: 'HEAD', body: null }],
    ['to OPTIONS', { method: 'OPTIONS', status: 204, type: '', body: null }],
    ['a page', { path: '/messages', body: PAGE }],
    [
      'an event with members of its own',
      {
        path: '/messages',
        body: { ...PAGE, messages: [{ ...MESSAGE, event: { ...EVENT, x: 1 } }] },
      },
    ],
    ['a path that is no route', { path: '/x', status: 404, type: PROBLEM_TYPE, body: PROBLEM }],
  ])('%s is accepted', (_, answer) => {
    expect(faults(answer)).toEqual([]);
  });
});

describe('a planted fault is found', () => {
  test.each<[string, Answer, string]>([
    ['an extra member', { body: { ...STREAM, colour: 'red' } }, 'additional properties'],
    [
      'one deep inside',
      { path: '/messages', body: { ...PAGE, messages: [{ ...MESSAGE, colour: 'red' }] } },
      'additional properties',
    ],
    ['a missing member', { body: { ...STREAM, name: undefined } }, "required property 'name'"],
    ['another type', { body: { ...STREAM, id: '1' } }, 'must be integer'],
    ['a time that is none', { body: { ...STREAM, created_at: 'now' } }, 'format "date-time"'],
    ['another status', { status: 202 }, 'status 202 is not documented'],
    [
      'a problem of another route',
      { status: 409, type: PROBLEM_TYPE, body: { ...PROBLEM, status: 409 } },
      'status 409 is not documented',
    ],
    [
      'a problem whose status is not the one of the answer',
      { status: 404, type: PROBLEM_TYPE, body: { ...PROBLEM, status: 400 } },
      'must be equal to constant',
    ],
    ['another content type', { type: 'text/plain' }, 'content type text/plain'],
    ['a problem as plain JSON', { status: 404, body: PROBLEM }, 'content type application/json'],
    ['a body after 204', { method: 'DELETE', status: 204 }, 'body where none is documented'],
    ['a body after HEAD', { method: 'HEAD' }, 'to HEAD and has a body'],
    [
      'a success where there is no route',
      { path: '/x', body: {} },
      'for what the document does not know',
    ],
    [
      'a refusal of its own kind where there is no route',
      { path: '/x', status: 404, type: PROBLEM_TYPE, body: { error: 'x' } },
      'required property',
    ],
    [
      'a path with parameters in the place of one without',
      { path: '/streams/s/x', body: STREAM },
      'for what the document does not know',
    ],
  ])('%s', (_, answer, fault) => {
    expect(faults(answer).join('\n')).toContain(fault);
  });

  test('a header that is promised and not there', () => {
    const headers = new Headers({ 'content-type': JSON_TYPE });
    const body = Buffer.from(JSON.stringify(STREAM));
    expect(faultsOf('GET', '/streams/s', { status: 200, headers }, body)).toEqual([
      'has no header X-Request-Id',
    ]);
  });
});

describe('a refusal on a bare socket', () => {
  const refusal = (status: number, type: string, body: object): string =>
    `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\n\r\n${JSON.stringify(body)}`;

  test('is read if it is a problem', () => {
    const text = `HTTP/1.1 200 OK\r\n\r\n{}${refusal(404, PROBLEM_TYPE, PROBLEM)}`;
    expect(lastBody(text)).toEqual(PROBLEM);
  });

  test.each([
    ['another member', 404, PROBLEM_TYPE, { ...PROBLEM, colour: 'red' }],
    ['another status', 400, PROBLEM_TYPE, PROBLEM],
    ['another content type', 404, 'text/plain', PROBLEM],
  ])('fails the test if it has %s', (_, status, type, body) => {
    expect(() => lastBody(refusal(status, type, body))).toThrow(type);
  });
});

describe('the fetch of the tests', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const body = request.url === '/streams/good' ? STREAM : { ...STREAM, colour: 'red' };
      response.setHeader('content-type', JSON_TYPE).setHeader('x-request-id', 'r');
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    // A string only for pipes.
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test('hands on what is right, unread', async () => {
    expect(await (await checkedFetch(`${url}/streams/good`)).json()).toEqual(STREAM);
  });

  test('fails with what is wrong', async () => {
    await expect(checkedFetch(`${url}/streams/bad?x=1`)).rejects.toThrow(
      /GET \/streams\/bad was answered with 200[^]*"colour"/,
    );
  });
});
