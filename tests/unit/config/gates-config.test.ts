import { describe, expect, test } from 'vitest';

import { parseConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { writeKeysFile } from '../../support/keys-file.ts';

const gatesOf = (env: Record<string, string>) => parseConfig(env).gates;

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('lists', () => {
  test('may have spaces, and nothing between two commas', () => {
    expect(gatesOf({ TRUSTED_PROXIES: ' 10.0.0.0/8 , ::1,' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
    const { corsOrigins } = gatesOf({ CORS_ALLOWED_ORIGINS: 'https://a.example, http://b:81' });
    expect(corsOrigins).toEqual(['https://a.example', 'http://b:81']);
    expect(gatesOf({ AUTH_BYPASS_PATHS: '/stats' }).bypassPaths).toEqual(['/stats']);
  });

  test.each([
    ['TRUSTED_PROXIES', '10.0.0.0/40'],
    ['TRUSTED_PROXIES', 'proxy.example'],
    ['CORS_ALLOWED_ORIGINS', '*,https://a.example'],
    ['CORS_ALLOWED_ORIGINS', 'a.example'],
    ['CORS_ALLOWED_ORIGINS', 'https://a.example/'],
    ['CORS_ALLOWED_ORIGINS', 'https://A.example'],
    ['CORS_ALLOWED_ORIGINS', 'null'],
    ['AUTH_BYPASS_PATHS', 'health'],
    ['API_KEY', ','],
    ['API_KEY', 'a b'],
    ['API_KEY', 'schlüssel'],
    ['API_KEYS_FILE', '/nowhere/keys.json'],
    ['RATE_LIMIT_BURST', '0'],
    ['MAX_CONNECTIONS', '0'],
  ])('that are wrong are settings problems: %s=%s', (variable, value) => {
    expect(problemsOf({ [variable]: value })).toEqual([
      expect.stringMatching(new RegExp(`^${variable}: must `)),
    ]);
  });
});

describe('keys', () => {
  test('in the settings may do everything, and are kept as digests only', () => {
    const { auth } = gatesOf({ API_KEY: 'new, old' });
    expect(auth?.keys).toEqual([
      expect.objectContaining({ name: 'API_KEY', scopes: 'everything' }),
      expect.objectContaining({ name: 'API_KEY.2', scopes: 'everything' }),
    ]);
    expect(JSON.stringify(auth)).not.toMatch(/"new"|"old"/);
  });

  test('may come from a file, alone or besides', () => {
    const file = writeKeysFile({ name: 'a', key: 'k', scopes: ['admin:*'] });
    expect(gatesOf({ API_KEYS_FILE: file }).auth).toMatchObject({
      keys: [],
      file: { path: file, keys: [{ name: 'a' }] },
    });
    expect(gatesOf({ API_KEYS_FILE: file, API_KEY: 'k' }).auth?.keys).toHaveLength(1);
  });
});

describe('a warning at the start', () => {
  const warns = (env: Record<string, string>): boolean =>
    parseConfig(env).notices.some((notice) => notice.startsWith('authentication is off'));

  test('tells that everybody may do everything, where everybody can', () => {
    for (const HOST of ['0.0.0.0', '::', '192.0.2.1', 'gateway.example']) {
      expect(warns({ HOST })).toBe(true);
    }
  });

  test('is not needed on loopback or with a key', () => {
    for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(warns({ HOST })).toBe(false);
    }
    expect(warns({ HOST: '0.0.0.0', API_KEY: 'k' })).toBe(false);
  });
});
