import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { clientAddressBy } from '../../../src/http/client-ip.ts';
import { parseAddress } from '../../../src/models/network.ts';

const PROXIES = ['10.0.0.0/8', '2001:db8:1::/48'];

function clientOf(
  peer: string | undefined,
  headers: Record<string, string> = {},
  proxies = PROXIES,
): string {
  // Of a request only the peer and the headers are looked at.
  const request = { headers, socket: { remoteAddress: peer } } as Parameters<
    ReturnType<typeof clientAddressBy>
  >[0];
  return clientAddressBy(proxies)(request);
}

describe('the client is the peer', () => {
  test('where no proxy is trusted, whatever the headers say', () => {
    const headers = { 'x-forwarded-for': '192.0.2.9', 'x-real-ip': '192.0.2.9' };
    expect(clientOf('10.0.0.1', headers, [])).toBe('10.0.0.1');
    expect(clientOf('198.51.100.1', headers)).toBe('198.51.100.1');
  });

  test('in the shortest form, and IPv4 where it is IPv4', () => {
    expect(clientOf('::ffff:198.51.100.1')).toBe('198.51.100.1');
    expect(clientOf('2001:DB8::0:1')).toBe('2001:db8::1');
  });

  test('and nobody once the connection is gone', () => expect(clientOf(undefined)).toBe('unknown'));
});

describe('behind a trusted proxy the client is', () => {
  test.each([
    ['192.0.2.9', '192.0.2.9'],
    ['192.0.2.9, 10.1.1.1', '192.0.2.9'],
    ['203.0.113.5, 192.0.2.9, 10.1.1.1', '192.0.2.9'],
    ['192.0.2.9:4711', '192.0.2.9'],
    ['[2001:db8::9]:4711', '2001:db8::9'],
    ['[2001:db8::9]', '2001:db8::9'],
    ['2001:db8::9:4711', '2001:db8::9:4711'],
    ['2001:db8:1::5, ::ffff:192.0.2.9,,', '192.0.2.9'],
  ])('the rightmost entry that is no proxy of ours: %s → %s', (forwarded, expected) => {
    expect(clientOf('10.0.0.1', { 'x-forwarded-for': forwarded })).toBe(expected);
    expect(clientOf('::ffff:10.0.0.1', { 'x-forwarded-for': forwarded })).toBe(expected);
  });

  test('X-Real-IP where no entry is left', () => {
    expect(clientOf('10.0.0.1', { 'x-real-ip': '192.0.2.9' })).toBe('192.0.2.9');
    const both = { 'x-forwarded-for': '10.2.2.2', 'x-real-ip': '192.0.2.9' };
    expect(clientOf('10.0.0.1', both)).toBe('192.0.2.9');
  });

  test('never what X-Real-IP says against an entry', () => {
    const both = { 'x-forwarded-for': '192.0.2.9', 'x-real-ip': '203.0.113.5' };
    expect(clientOf('10.0.0.1', both)).toBe('192.0.2.9');
  });

  test('the farthest proxy where nothing else is known', () => {
    expect(clientOf('10.0.0.1')).toBe('10.0.0.1');
    expect(clientOf('10.0.0.1', { 'x-forwarded-for': '10.3.3.3, 10.2.2.2' })).toBe('10.3.3.3');
  });

  test('the last proxy that can be named, where an entry is garbage', () => {
    const words = ['unknown', '_hidden', '010.0.0.1', '1.2.3.4.5', '<script>', '\0'];
    const spoilt = ['x[::9]', '[::9]x', 'x192.0.2.8:80', '192.0.2.8:80x', '192.0.2.8:'];
    for (const garbage of [...words, ...spoilt]) {
      const headers = { 'x-forwarded-for': `192.0.2.9, ${garbage}, 10.2.2.2` };
      expect(clientOf('10.0.0.1', headers)).toBe('10.2.2.2');
      expect(clientOf('10.0.0.1', { 'x-real-ip': garbage })).toBe('10.0.0.1');
    }
  });
});

test('fault 6: whatever a client writes further left, it stays who it is', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6())), (lies) => {
      const headers = { 'x-forwarded-for': [...lies, '192.0.2.9', '10.2.2.2'].join(', ') };
      expect(clientOf('10.0.0.1', headers)).toBe('192.0.2.9');
    }),
  );
});

test('whatever the headers say, the client is an address', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[\d.:%[\]a-f, ]{0,60}$/),
    fc.array(fc.oneof(fc.ipV4(), fc.ipV6())).map((list) => list.join(',')),
  );
  fc.assert(
    fc.property(text, text, (forwarded, realIp) => {
      const headers = { 'x-forwarded-for': forwarded, 'x-real-ip': realIp };
      expect(parseAddress(clientOf('10.0.0.1', headers))).toBeDefined();
    }),
    { numRuns: 1000 },
  );
});
