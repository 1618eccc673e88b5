import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { lastBody, openRaw } from '../support/raw-http.ts';
import { newTopic, openGateway, type TestGateway } from '../support/start-gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await openGateway({
    MAX_REQUEST_BODY_SIZE: '100000',
    REQUEST_BODY_TIMEOUT_MS: '200',
  });
});
afterAll(() => gateway.stop());

test('an invalid event is refused with every fault, each where it is', async () => {
  const response = await gateway.post('/messages', {
    event: {
      id: 'not-a-uuid',
      event_type: '',
      payload: { type: 'User', data: { action: 'Created', user_id: 7 } },
      correlation_id: 'x',
    },
    partition_key: '',
    parttion_key: 'k',
  });
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as { errors: { path: string; message: string }[] };
  expect(problem).toMatchObject({
    type: 'urn:sluice:problem:bad_request',
    status: 400,
    error: 'bad_request',
    retryable: false,
    request_id: response.headers.get('x-request-id'),
  });
  expect(problem.errors.map(({ path }) => path).toSorted()).toEqual([
    '/event/correlation_id',
    '/event/event_type',
    '/event/id',
    '/event/payload/data/email',
    '/event/payload/data/name',
    '/event/payload/data/user_id',
    '/event/timestamp',
    '/partition_key',
    '/parttion_key',
  ]);
});

describe('every refusal has the same shape', () => {
  test.each([
    ['GET', '/nowhere', undefined, 404, 'route_not_found'],
    ['GET', '/health/', undefined, 404, 'route_not_found'],
    ['GET', '/streams/nope', undefined, 404, 'not_found'],
    ['PUT', '/streams', undefined, 405, 'method_not_allowed'],
    ['GET', '/messages?count=0', undefined, 400, 'bad_request'],
    ['POST', '/streams', '{"name":', 400, 'malformed_json'],
    ['POST', '/streams', '{"name":"a--b"}', 400, 'bad_request'],
    ['POST', '/messages/batch', '{"events":[]}', 400, 'bad_request'],
    ['POST', '/streams', `{"name":"${'x'.repeat(100_000)}"}`, 413, 'payload_too_large'],
  ])('%s %s', async (method, path, body, status, error) => {
    const headers = { 'content-type': 'application/json' };
    const response = await gateway.fetch(path, { method, headers, ...(body && { body }) });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual(
      expect.objectContaining({
        type: `urn:sluice:problem:${error}`,
        title: expect.any(String),
        status,
        detail: expect.any(String),
        error,
        message: expect.any(String),
        retryable: false,
        request_id: response.headers.get('x-request-id'),
      }),
    );
  });

  test('a body in another format', async () => {
    const response = await gateway.post('/streams', 'name=a', { 'content-type': 'text/plain' });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({ error: 'unsupported_media_type' });
  });

  test('a body that does not come', async () => {
    const raw = await openRaw(gateway.app.port);
    raw.write(
      'POST /streams HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n' +
        'Content-Length: 100\r\n\r\n{"name":',
    );
    expect(lastBody(await raw.closed)).toMatchObject({
      status: 408,
      error: 'request_timeout',
      retryable: true,
    });
  });
});

test('what is refused is not stored', async () => {
  const { path } = await newTopic(gateway);
  const refused = [
    { event: anEvent({ id: '00000000-0000-0000-0000-000000000000' }) },
    { event: anEvent(), extra: 1 },
    { event: anEvent({ payload: { type: 'Generic' } }) },
    { event: anEvent(), partition_key: 'k'.repeat(256) },
  ];
  for (const body of refused) {
    expect((await gateway.post(`${path}/messages`, body)).status).toBe(400);
  }
  expect(await (await gateway.fetch(`${path}/messages?offset=0`)).json()).toMatchObject({
    count: 0,
  });
});
