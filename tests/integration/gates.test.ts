import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { anEvent } from '../support/events.ts';
import { writeKeysFile } from '../support/keys-file.ts';
import { newTopic, openGateway, startGateway, type TestGateway } from '../support/start-gateway.ts';

const KEYS = [
  { name: 'sender', key: 'sends', scopes: ['send:orders/*'] },
  { name: 'reader', key: 'reads', scopes: ['poll:*/*'] },
  { name: 'keeper', key: 'keeps', scopes: ['admin:*'] },
];

const as = (key: string) => ({ 'x-api-key': key });

describe('with keys of their own', () => {
  test('a sender sends, a reader reads, a keeper keeps, and nobody does what is another one’s', async () => {
    const { fetch, post } = await startGateway({ API_KEYS_FILE: writeKeysFile(...KEYS) });
    const topics = '/streams/orders/topics';
    const messages = `${topics}/eu/messages`;
    const send = (key: string): Promise<Response> => post(messages, { event: anEvent() }, as(key));
    const poll = (key: string): Promise<Response> =>
      fetch(`${messages}?offset=0`, { headers: as(key) });

    for (const key of ['sends', 'reads']) {
      expect((await post('/streams', { name: 'orders' }, as(key))).status).toBe(403);
    }
    expect((await post('/streams', { name: 'orders' }, as('keeps'))).status).toBe(201);
    expect((await post(topics, { name: 'eu' }, as('keeps'))).status).toBe(201);

    expect((await send('sends')).status).toBe(201);
    for (const key of ['reads', 'keeps']) expect((await send(key)).status).toBe(403);
    expect(await (await poll('reads')).json()).toMatchObject({ count: 1 });
    for (const key of ['sends', 'keeps']) expect((await poll(key)).status).toBe(403);

    const elsewhere = '/streams/invoices/topics/eu/messages';
    expect((await post(elsewhere, { event: anEvent() }, as('sends'))).status).toBe(403);
    expect((await fetch(topics, { headers: as('keeps') })).status).toBe(200);
    expect(
      (await fetch('/streams/orders', { method: 'DELETE', headers: as('keeps') })).status,
    ).toBe(204);
  });

  test('the default topic is the one of the settings', async () => {
    const file = writeKeysFile(
      { name: 'a', key: 'a', scopes: ['send:mine/inbox'] },
      { name: 'b', key: 'b', scopes: ['send:mine/other'] },
    );
    const env = { API_KEYS_FILE: file, IGGY_STREAM: 'mine', IGGY_TOPIC: 'inbox' };
    const { post } = await startGateway(env);
    expect((await post('/messages', { event: anEvent() }, as('a'))).status).toBe(201);
    expect((await post('/messages', { event: anEvent() }, as('b'))).status).toBe(403);
  });
});

describe('refusals', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await openGateway({ API_KEY: 'k', TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => gateway.stop());

  test('of a missing key have an id, a reason and nothing of the resource', async () => {
    const response = await gateway.fetch('/streams/secret');
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('API-Key');
    expect(await response.json()).toMatchObject({
      error: 'unauthorized',
      message: 'API key required',
      request_id: response.headers.get('x-request-id'),
    });
  });

  test('come before the body is looked at', async () => {
    expect((await gateway.post('/streams', '{')).status).toBe(401);
    expect((await gateway.post('/streams', '{', as('k'))).status).toBe(400);
  });

  test('of wrong keys turn into 429 for that address alone', async () => {
    const wrong = { ...as('wrong'), 'x-forwarded-for': '192.0.2.1' };
    const statuses: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      statuses.push((await gateway.fetch('/streams', { headers: wrong })).status);
    }
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(statuses.at(-1)).toBe(429);
    const other = { ...wrong, 'x-forwarded-for': '192.0.2.2' };
    expect((await gateway.fetch('/streams', { headers: other })).status).toBe(401);
    const right = { ...as('k'), 'x-forwarded-for': '192.0.2.1' };
    expect((await gateway.fetch('/streams', { headers: right })).status).toBe(200);
  });
});

test('a flood is held to the rate, and what passes is stored', async () => {
  const gateway = await startGateway({ RATE_LIMIT_RPS: '1', RATE_LIMIT_BURST: '10' });
  const { path } = await newTopic(gateway);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => gateway.post(`${path}/messages`, { event: anEvent() })),
  );
  const stored = answers.filter(({ status }) => status === 201).length;
  const refused = answers.filter(({ status }) => status === 429);
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(12);
  expect(stored + refused.length).toBe(40);
  for (const { headers } of refused) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  for (const probe of ['/health', '/ready']) {
    expect((await gateway.fetch(probe)).status).toBe(200);
  }
});
