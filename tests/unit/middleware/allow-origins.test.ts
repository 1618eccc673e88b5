import { describe, expect, test } from 'vitest';

import { startTestApp } from '../../support/start-app.ts';

const ORIGIN = 'https://app.example';
const preflight = (origin: string, method = 'POST') => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'content-type,x-api-key',
  },
});

describe('a preflight', () => {
  test('needs no key and no point of the limiter', async () => {
    const { fetch } = await startTestApp({
      env: { API_KEY: 'k', RATE_LIMIT_RPS: '1', RATE_LIMIT_BURST: '1' },
    });
    for (let n = 0; n < 3; n += 1) {
      const { status, headers } = await fetch('/messages', preflight(ORIGIN));
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-methods')?.split(',')).toContain('PUT');
      const allowed = headers.get('access-control-allow-headers')?.toLowerCase() ?? '';
      for (const name of ['x-api-key', 'authorization', 'content-type', 'x-request-timeout']) {
        expect(allowed.split(',')).toContain(name);
      }
      expect(headers.get('access-control-max-age')).toBe('600');
      expect(headers.has('x-request-id')).toBe(true);
    }
  });

  test('of a page that is not listed is told nothing', async () => {
    const { fetch } = await startTestApp({ env: { API_KEY: 'k', CORS_ALLOWED_ORIGINS: ORIGIN } });
    const { headers } = await fetch('/messages', preflight('https://evil.example'));
    expect(headers.has('access-control-allow-origin')).toBe(false);
    expect(headers.has('access-control-allow-headers')).toBe(false);
  });
});

describe('an answer', () => {
  test('of any kind can be read by any page, and so can our headers', async () => {
    const { fetch } = await startTestApp({ env: { API_KEY: 'k' } });
    for (const path of ['/health', '/streams', '/nowhere']) {
      const { headers } = await fetch(path, { headers: { origin: ORIGIN } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('vary')).toBe('Origin');
      expect(headers.has('access-control-allow-credentials')).toBe(false);
      const exposed = headers.get('access-control-expose-headers')?.toLowerCase().split(',');
      for (const name of [
        'x-request-id',
        'retry-after',
        'x-ratelimit-limit',
        'x-ratelimit-remaining',
        'ratelimit',
        'ratelimit-policy',
        'x-effective-timeout',
        'x-effective-count',
        'location',
      ]) {
        expect(exposed).toContain(name);
      }
    }
  });

  test('is for the listed pages only, and says that it depends on who asks', async () => {
    const { fetch } = await startTestApp({
      env: { CORS_ALLOWED_ORIGINS: `${ORIGIN},http://localhost:5173` },
    });
    const allowed = async (origin?: string): Promise<string | null> => {
      const { headers } = await fetch('/streams', { headers: origin ? { origin } : {} });
      expect(headers.get('vary')).toBe('Origin');
      return headers.get('access-control-allow-origin');
    };
    expect(await allowed(ORIGIN)).toBe(ORIGIN);
    expect(await allowed('http://localhost:5173')).toBe('http://localhost:5173');
    for (const other of [undefined, 'http://app.example', `${ORIGIN}.evil.example`, 'null']) {
      expect(await allowed(other)).toBeNull();
    }
  });

  test('that refuses keeps those headers, a 429 as well as a 401', async () => {
    const { fetch } = await startTestApp({
      env: {
        API_KEY: 'k',
        RATE_LIMIT_RPS: '1',
        RATE_LIMIT_BURST: '1',
        CORS_ALLOWED_ORIGINS: ORIGIN,
      },
    });
    for (const status of [401, 429]) {
      const response = await fetch('/streams', { headers: { origin: ORIGIN } });
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(response.headers.get('vary')).toBe('Origin');
    }
  });
});
