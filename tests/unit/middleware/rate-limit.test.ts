import { describe, expect, test } from 'vitest';

import { startTestApp, type TestApp } from '../../support/start-app.ts';

const LIMITED = { RATE_LIMIT_RPS: '10', RATE_LIMIT_BURST: '3', TRUSTED_PROXIES: '127.0.0.1' };

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

async function statuses(app: TestApp, count: number, init?: RequestInit): Promise<number[]> {
  const seen: number[] = [];
  for (let n = 0; n < count; n += 1) seen.push((await app.fetch('/streams', init)).status);
  return seen;
}

test('a client has its burst, and after it what comes back with time', async () => {
  const app = await startTestApp({ env: LIMITED });
  expect(await statuses(app, 5)).toEqual([200, 200, 200, 429, 429]);
  await app.clock.advance(100);
  expect(await statuses(app, 2)).toEqual([200, 429]);
});

test('the refusal is a problem that says when to come again', async () => {
  const app = await startTestApp({ env: { ...LIMITED, RATE_LIMIT_RPS: '1' } });
  await statuses(app, 3);
  const response = await app.fetch('/streams');
  expect(await response.json()).toMatchObject({ error: 'too_many_requests', retryable: true });
  expect(response.headers.get('retry-after')).toBe('1');
  await app.clock.advance(1000);
  expect(await statuses(app, 1)).toEqual([200]);
});

describe('every answer of a limited route says what is left:', () => {
  const limitsOf = ({ headers }: Response) => ({
    limit: headers.get('x-ratelimit-limit'),
    remaining: headers.get('x-ratelimit-remaining'),
    policy: headers.get('ratelimit-policy'),
    rateLimit: headers.get('ratelimit'),
  });

  test('a 200, a 404, a 400 and a 429', async () => {
    const { fetch, post } = await startTestApp({ env: { ...LIMITED, RATE_LIMIT_RPS: '2' } });
    const policy = '"client";q=3;w=2';
    const left = (remaining: string, rateLimit: string) => ({
      limit: '3',
      remaining,
      policy,
      rateLimit,
    });
    expect(limitsOf(await fetch('/streams'))).toEqual(left('2', '"client";r=2;t=1'));
    expect(limitsOf(await fetch('/nowhere'))).toEqual(left('1', '"client";r=1;t=1'));
    expect(limitsOf(await post('/streams', '{'))).toEqual(left('0', '"client";r=0;t=2'));
    const refused = await fetch('/streams');
    expect(refused.status).toBe(429);
    expect(limitsOf(refused)).toEqual(left('0', '"client";r=0;t=2'));
  });

  test('but not where there is no limit', async () => {
    const { fetch } = await startTestApp({ env: { RATE_LIMIT_RPS: '0' } });
    expect((await fetch('/streams')).headers.has('ratelimit-policy')).toBe(false);
  });
});

test('who keeps to the policy that is stated is never refused', async () => {
  const app = await startTestApp({ env: LIMITED });
  const [, quota, windowSecs] =
    /q=(\d+);w=(\d+)/.exec((await app.fetch('/streams')).headers.get('ratelimit-policy') ?? '') ??
    [];
  for (let round = 0; round < 5; round += 1) {
    await app.clock.advance(Number(windowSecs) * 1000);
    expect(new Set(await statuses(app, Number(quota)))).toEqual(new Set([200]));
  }
});

test('the probes answer whatever the flood', async () => {
  const app = await startTestApp({ env: LIMITED });
  await statuses(app, 10);
  for (const path of ['/health', '/ready']) {
    const response = await app.fetch(path);
    expect(response.status).toBe(200);
    expect(response.headers.has('ratelimit-policy')).toBe(false);
  }
});

describe('clients are told apart', () => {
  test('by address, and IPv6 clients by their network', async () => {
    const app = await startTestApp({ env: LIMITED });
    expect(await statuses(app, 4, from('192.0.2.1'))).toEqual([200, 200, 200, 429]);
    expect(await statuses(app, 1, from('192.0.2.2'))).toEqual([200]);
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8::ffff:3']) {
      expect(await statuses(app, 1, from(address))).toEqual([200]);
    }
    expect(await statuses(app, 1, from('2001:db8::4'))).toEqual([429]);
    expect(await statuses(app, 1, from('2001:db8:0:1::4'))).toEqual([200]);
  });

  test('fault 6: not by what a client writes further left, so that nobody escapes', async () => {
    const app = await startTestApp({ env: LIMITED });
    const seen: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      seen.push(...(await statuses(app, 1, from(`203.0.113.${n}, 192.0.2.1`))));
    }
    expect(seen).toEqual([200, 200, 200, 429, 429]);
  });

  test('fault 6: not by any header where no proxy is trusted', async () => {
    const app = await startTestApp({ env: { ...LIMITED, TRUSTED_PROXIES: '' } });
    const seen: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const address = `203.0.113.${n}`;
      const headers = {
        'x-forwarded-for': address,
        'x-real-ip': address,
        forwarded: `for=${address}`,
      };
      seen.push(...(await statuses(app, 1, { headers })));
    }
    expect(seen).toEqual([200, 200, 200, 429, 429]);
  });
});
